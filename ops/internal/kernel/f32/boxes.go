package f32

import (
	"math"
	"slices"
)

// Boxes are rows of four corners: ymin, xmin, ymax, xmax.

// BoxScales divides the encoded centres and sizes of boxes.
type BoxScales struct{ Y, X, H, W float64 }

// DecodeBoxes turns encodings (rows of at least four: y, x, h, w) relative to anchors (rows of y, x, h, w) to boxes:
//
//	centre = anchor.y + y/Y*anchor.h      half = exp(h/H)/2*anchor.h      ymin, ymax = centre - half, centre + half
//
// and likewise for x. It reports the first box whose corners are the wrong way round, or -1.
func DecodeBoxes(dst, encoded []float32, stride int, anchors []float32, s BoxScales) int {
	bad := -1
	for i := 0; len(dst) > 0; i++ {
		e, a, d := encoded[i*stride:][:4], anchors[i*4:][:4], dst[:4]
		dst = dst[4:]
		y := float32(float64(float64(e[0])/s.Y*float64(a[2])) + float64(a[0]))
		x := float32(float64(float64(e[1])/s.X*float64(a[3])) + float64(a[1]))
		h := float32(0.5 * math.Exp(float64(e[2])/s.H) * float64(a[2]))
		w := float32(0.5 * math.Exp(float64(e[3])/s.W) * float64(a[3]))
		d[0], d[1], d[2], d[3] = y-h, x-w, y+h, x+w
		if bad < 0 && (d[0] > d[2] || d[1] > d[3]) {
			bad = i
		}
	}
	return bad
}

// BoxOverlap returns the area that boxes i and j share, divided by the area that they cover; 0 for boxes without area.
func BoxOverlap(boxes []float32, i, j int32) float32 {
	a, b := boxes[4*int(i):][:4], boxes[4*int(j):][:4]
	areaA := float32((a[2] - a[0]) * (a[3] - a[1]))
	areaB := float32((b[2] - b[0]) * (b[3] - b[1]))
	if areaA <= 0 || areaB <= 0 {
		return 0
	}
	height := max(min(a[2], b[2])-max(a[0], b[0]), 0)
	width := max(min(a[3], b[3])-max(a[1], b[1]), 0)
	both := float32(height * width)
	return both / (areaA + areaB - both)
}

// SuppressBoxes selects boxes by descending score, equal ones in order of their number: a box is dropped when it scores less
// than threshold or overlaps a selected one by more than overlap. It writes the numbers of at most limit boxes to order, which
// has room for all of them, and returns how many there are. scores[i*stride] is the score of box i.
func SuppressBoxes(order []int32, boxes, scores []float32, stride, limit int, threshold, overlap float32) int {
	n := 0
	for i := range order {
		if scores[i*stride] >= threshold {
			order[n] = int32(i)
			n++
		}
	}
	// A heap, since seldom more than a few of the candidates are looked at. The places it gives up hold the selected boxes, the
	// best one last.
	q := boxQueue{order[:n], scores, stride}
	for i := n/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
	selected := order[n:n]
	for len(q.boxes) > 0 && len(selected) < limit {
		box := q.pop()
		keep := true
		for i := len(selected) - 1; i >= 0 && keep; i-- {
			keep = !(BoxOverlap(boxes, selected[i], box) > overlap)
		}
		if keep {
			selected = order[n-len(selected)-1 : n]
			selected[0] = box
		}
	}
	slices.Reverse(selected)
	return copy(order, selected)
}

// boxQueue is a heap of boxes: the root has the highest score, of equal ones the lowest number.
type boxQueue struct {
	boxes  []int32
	scores []float32
	stride int
}

func (q *boxQueue) before(a, b int32) bool {
	u, v := q.scores[int(a)*q.stride], q.scores[int(b)*q.stride]
	return u > v || (u == v && a < b)
}

func (q *boxQueue) sink(i int) {
	box := q.boxes[i]
	for {
		c := 2*i + 1
		if c >= len(q.boxes) {
			break
		}
		if c+1 < len(q.boxes) && q.before(q.boxes[c+1], q.boxes[c]) {
			c++
		}
		if !q.before(q.boxes[c], box) {
			break
		}
		q.boxes[i] = q.boxes[c]
		i = c
	}
	q.boxes[i] = box
}

// pop removes the root.
func (q *boxQueue) pop() int32 {
	root, last := q.boxes[0], len(q.boxes)-1
	q.boxes[0] = q.boxes[last]
	q.boxes = q.boxes[:last]
	if last > 0 {
		q.sink(0)
	}
	return root
}
