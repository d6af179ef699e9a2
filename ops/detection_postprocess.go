// TFLite_Detection_PostProcess: decodes the boxes of a single-shot detector and keeps the best that do not overlap. Custom
// operator; inputs are box encodings [1, N, at least 4], class scores [1, N, C] and anchors [N, 4]; outputs are the boxes
// [1, D, 4], classes [1, D], scores [1, D] and the number of boxes [1], with D = max_detections*max_classes_per_detection.
//
// The fast way (the default) suppresses by the best score of each box and gives the best classes of those that are left, the
// regular one suppresses each class on its own. Unused outputs are 0. Classes do not count a background, class 0 of the scores
// where there is one more than num_classes.
//
//	FLOAT32, UINT8         each input on its own; outputs FLOAT32
//
// Options (FlexBuffers): max_detections, max_classes_per_detection, detections_per_class (100), use_regular_nms (false),
// nms_score_threshold, nms_iou_threshold, num_classes, y_scale, x_scale, h_scale, w_scale.

package ops

import (
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/search"
	"github.com/litewren/litewren/schema/flex"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var detectionPostProcess = Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "TFLite_Detection_PostProcess",
	Inputs: Exactly(3), Outputs: Exactly(4),
	Types:   "FLOAT32; UINT8",
	Prepare: prepareDetection,
}

// detection holds the options and the state of a node.
type detection struct {
	maxDetections, maxClasses, perClass int
	classes, background                 int
	threshold, overlap                  float32
	scales                              f32.BoxScales

	count, columns int           // boxes; scores of each
	found          []detectedBox // regular: of all classes so far
	order          *tensor.Tensor
	raw            *rawScores
	boxes, classOf []float32 // outputs
	scoreOf        []float32
}

// detectedBox is a box that is kept for a class.
type detectedBox struct {
	box, class int32
	score      float32
}

func prepareDetection(n *Node) (Eval, error) {
	d, err := detectionOptions(n.CustomOptions)
	if err != nil {
		return nil, err
	}
	enc, scores, anchors := n.Input(0), n.Input(1), n.Input(2)
	if len(enc.Shape) != 3 || enc.Shape[0] != 1 || enc.Shape[2] < 4 {
		return nil, invalidf("boxes %v, want [1, any, at least 4]", enc.Shape)
	}
	d.count = enc.Shape[1]
	if len(scores.Shape) != 3 || scores.Shape[0] != 1 || scores.Shape[1] != d.count {
		return nil, invalidf("scores %v, want [1, %d, any]", scores.Shape, d.count)
	}
	if !anchors.Shape.Equal(tensor.Shape{d.count, 4}) {
		return nil, invalidf("anchors %v, want [%d,4]", anchors.Shape, d.count)
	}
	d.columns = scores.Shape[2]
	if d.background = d.columns - d.classes; d.background != 0 && d.background != 1 {
		return nil, invalidf("got %d class scores, want num_classes %d or one more", d.columns, d.classes)
	}
	slots := int64(d.maxDetections) * int64(d.maxClasses)
	if slots > math.MaxInt32/4 {
		return nil, invalidf("%d detections of %d classes are too many", d.maxDetections, d.maxClasses)
	}
	for i, shape := range []tensor.Shape{{1, int(slots), 4}, {1, int(slots)}, {1, int(slots)}, {1}} {
		if n.Output(i).Type != tensor.Float32 {
			return nil, unsupportedTypes(n)
		}
		if err := n.SetOutput(i, shape); err != nil {
			return nil, err
		}
	}
	encoded, err := dequantizedForm(n, 0)
	if err != nil {
		return nil, err
	}
	scored := &form[float32]{}
	if d.raw, err = newRawScores(n, d); err == nil && d.raw == nil {
		scored, err = dequantizedForm(n, 1)
	}
	if err != nil {
		return nil, err
	}
	anchored, err := dequantizedForm(n, 2)
	if err != nil {
		return nil, err
	}
	decoded, err := n.Scratch(tensor.Float32, d.count, 4)
	if err != nil {
		return nil, err
	}
	best, err := n.Scratch(tensor.Float32, d.count)
	if err != nil {
		return nil, err
	}
	if d.order, err = n.Scratch(tensor.Int32, d.count+d.columns); err != nil {
		return nil, err
	}
	run := d.regular
	if d.found == nil {
		run = d.fast
	}
	return func() error {
		boxes, s := tensor.Data[float32](decoded), []float32(nil)
		if d.raw == nil {
			s = scored.values()
		}
		if i := f32.DecodeBoxes(boxes, encoded.values(), enc.Shape[2], anchored.values(), d.scales); i >= 0 {
			return valuef("box %d: corners %v are the wrong way round", i, [4]float32(boxes[4*i:]))
		}
		d.boxes, d.classOf, d.scoreOf = tensor.Data[float32](n.Output(0)), tensor.Data[float32](n.Output(1)), tensor.Data[float32](n.Output(2))
		clear(d.boxes)
		clear(d.classOf)
		clear(d.scoreOf)
		tensor.Data[float32](n.Output(3))[0] = float32(run(boxes, s, tensor.Data[float32](best)))
		return nil
	}, nil
}

func detectionOptions(b []byte) (*detection, error) {
	v, err := flex.Parse(b)
	if err != nil {
		return nil, invalidf("options: %v", err)
	}
	d := &detection{
		threshold: float32(v.Key("nms_score_threshold").Float()),
		overlap:   float32(v.Key("nms_iou_threshold").Float()),
	}
	counts := []struct {
		name   string
		to     *int
		absent int64
	}{
		{"max_detections", &d.maxDetections, 0},
		{"max_classes_per_detection", &d.maxClasses, 0},
		{"detections_per_class", &d.perClass, 100},
		{"num_classes", &d.classes, 0},
	}
	for _, c := range counts {
		i := c.absent
		if v.Has(c.name) {
			i = v.Key(c.name).Int()
		}
		if i < 1 || i > math.MaxInt32 {
			return nil, invalidf("%s: got %d, want 1 to %d", c.name, i, math.MaxInt32)
		}
		*c.to = int(i)
	}
	if !(d.overlap > 0 && d.overlap <= 1) {
		return nil, invalidf("nms_iou_threshold: got %v, want above 0 and at most 1", d.overlap)
	}
	factors := []struct {
		name string
		to   *float64
	}{{"y_scale", &d.scales.Y}, {"x_scale", &d.scales.X}, {"h_scale", &d.scales.H}, {"w_scale", &d.scales.W}}
	for _, f := range factors {
		if *f.to = float64(float32(v.Key(f.name).Float())); !(math.Abs(*f.to) > 0) {
			return nil, invalidf("%s: got %v, want a number that is not 0", f.name, *f.to)
		}
	}
	if v.Key("use_regular_nms").Bool() {
		// Boxes kept so far and those of one more class.
		if int64(d.maxDetections) > maxRegularDetections {
			return nil, unsupportedf("max_detections %d, at most %d", d.maxDetections, maxRegularDetections)
		}
		d.found = make([]detectedBox, 0, d.maxDetections+min(d.perClass, d.maxDetections))
	}
	return d, nil
}

// maxRegularDetections bounds the list that the regular way keeps.
const maxRegularDetections = 1 << 20

// regular suppresses the boxes of each class on their own and merges the classes by score. It returns the number of boxes.
func (d *detection) regular(boxes, scores, _ []float32) int {
	d.found = d.found[:0]
	order := tensor.Data[int32](d.order)[:d.count]
	for class := range d.classes {
		if d.count == 0 {
			break
		}
		column := scores[class+d.background:]
		kept := f32.SuppressBoxes(order, boxes, column, d.columns, min(d.perClass, d.maxDetections), d.threshold, d.overlap)
		for _, box := range order[:kept] {
			d.found = append(d.found, detectedBox{box, int32(class), column[int(box)*d.columns]})
		}
		slices.SortStableFunc(d.found, func(a, b detectedBox) int {
			switch {
			case a.score > b.score:
				return -1
			case a.score < b.score:
				return 1
			}
			return 0
		})
		d.found = d.found[:min(len(d.found), d.maxDetections)]
	}
	for i, f := range d.found {
		d.put(i, boxes, f)
	}
	return len(d.found)
}

// fast suppresses boxes by their best score. It returns the number of boxes, each of which fills as many outputs as there may
// be classes of one.
func (d *detection) fast(boxes, scores, best []float32) int {
	if d.raw != nil {
		d.raw.best(best, d)
	} else {
		for i := range d.count {
			best[i] = slices.Max(scores[i*d.columns+d.background:][:d.classes])
		}
	}
	scratch := tensor.Data[int32](d.order)
	order, ranked := scratch[:d.count], scratch[d.count:][:d.classes]
	kept := f32.SuppressBoxes(order, boxes, best, 1, d.maxDetections, d.threshold, d.overlap)
	for i, box := range order[:kept] {
		var row []float32
		if at := int(box)*d.columns + d.background; d.raw != nil {
			row = d.raw.read(at, d.classes)
		} else {
			row = scores[at:][:d.classes]
		}
		for class := range ranked {
			ranked[class] = int32(class)
		}
		for j := range min(d.maxClasses, d.classes) {
			top := j // a selection sort: the first of the highest scores goes next
			for k := j + 1; k < len(ranked); k++ {
				if a, b := row[ranked[k]], row[ranked[top]]; a > b || (a == b && ranked[k] < ranked[top]) {
					top = k
				}
			}
			ranked[j], ranked[top] = ranked[top], ranked[j]
			d.put(i*d.maxClasses+j, boxes, detectedBox{box, ranked[j], row[ranked[j]]})
		}
	}
	return kept
}

// rawScores are UINT8 scores as the fast way looks at them: the best of each box before they are dequantized, which does not
// change their order, then the scores of the boxes that are left.
type rawScores struct {
	t           *tensor.Tensor
	scale       float32
	zero        int32
	peaks, line *tensor.Tensor
}

// newRawScores returns nil where the scores have to be dequantized.
func newRawScores(n *Node, d *detection) (*rawScores, error) {
	t := n.Input(1)
	if t.Type != tensor.Uint8 || d.found != nil || d.count == 0 {
		return nil, nil
	}
	scale, zero, err := perTensor(t, "input")
	if err != nil || !(scale > 0) {
		return nil, err
	}
	r := &rawScores{t: t, scale: scale, zero: zero}
	if r.peaks, err = n.Scratch(tensor.Uint8, d.count); err != nil {
		return nil, err
	}
	r.line, err = n.Scratch(tensor.Float32, d.classes)
	return r, err
}

func (r *rawScores) best(dst []float32, d *detection) {
	peaks := tensor.Data[uint8](r.peaks)
	search.Peaks(peaks, tensor.Data[uint8](r.t)[d.background:], d.classes, d.columns)
	for i, v := range peaks {
		dst[i] = r.scale * float32(int32(v)-r.zero)
	}
}

// read dequantizes n scores from one on.
func (r *rawScores) read(at, n int) []float32 {
	line := tensor.Data[float32](r.line)
	for i, v := range tensor.Data[uint8](r.t)[at:][:n] {
		line[i] = r.scale * float32(int32(v)-r.zero)
	}
	return line
}

func (d *detection) put(slot int, boxes []float32, f detectedBox) {
	copy(d.boxes[4*slot:][:4], boxes[4*int(f.box):])
	d.classOf[slot], d.scoreOf[slot] = float32(f.class), f.score
}

// dequantizedForm reads a FLOAT32 input, or a UINT8 one as the real values it stands for.
func dequantizedForm(n *Node, i int) (*form[float32], error) {
	t := n.Input(i)
	switch t.Type {
	case tensor.Float32:
		return &form[float32]{direct: t}, nil
	case tensor.Uint8:
		scale, zero, err := perTensor(t, "input")
		if err != nil {
			return nil, err
		}
		return formOf(n, i, "dequantized", tensor.Float32, t.Elements(), func(dst []float32) {
			for i, v := range tensor.Data[uint8](t)[:len(dst)] {
				dst[i] = scale * float32(int32(v)-zero)
			}
		})
	}
	return nil, unsupportedTypes(n)
}
