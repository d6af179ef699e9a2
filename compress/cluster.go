package compress

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"slices"
	"sort"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// ClusterFormat is how clustered weights are stored.
type ClusterFormat string

// The formats. The empty one is ClusterValues.
const (
	ClusterValues ClusterFormat = "values" // as before: every runtime reads it, and gzip makes it small
	ClusterDecode ClusterFormat = "decode" // indices and tables behind TFLM_DECODE nodes, which TFLite Micro and litewren run
	// ClusterMetadata is indices and tables that the metadata COMPRESSION_METADATA lists: no nodes are added. litewren reads
	// it, and TFLite Micro where it is built with USE_TFLM_COMPRESSION. schema.Check and transforms refuse the model.
	ClusterMetadata ClusterFormat = "metadata"
)

// ClusterConfig changes how Cluster groups weights.
type ClusterConfig struct {
	Clusters    int // different values of a tensor, 2 to 256; with ClusterDecode and ClusterMetadata at most 128
	Format      ClusterFormat
	PerAxis     bool           // Clusters for every output channel, not for a tensor; with ClusterValues only
	MinElements int            // leaves smaller tensors alone; 0 for 512
	Depthwise   bool           // cluster DEPTHWISE_CONV_2D too
	Match       *regexp.Regexp // selects tensors by name; nil for all
}

// Cluster replaces the weights of a tensor by a few values, chosen so that the squared error is least (k-means in one
// dimension). Weights that are zero stay zero, so that clustering keeps pruning; integer weights stay integers. It works on
// the operators that Prune works on.
func Cluster(ctx context.Context, f *schema.File, c ClusterConfig) (*schema.File, *Report, error) {
	if c.Format == "" {
		c.Format = ClusterValues
	}
	most := 256
	if c.Format == ClusterDecode || c.Format == ClusterMetadata {
		most = 128 // indices of 7 bits
	}
	switch {
	case !slices.Contains([]ClusterFormat{ClusterValues, ClusterDecode, ClusterMetadata}, c.Format):
		return nil, nil, fmt.Errorf("cluster: format %q, want %q, %q or %q: %w",
			c.Format, ClusterValues, ClusterDecode, ClusterMetadata, ops.ErrValue)
	case c.PerAxis && c.Format != ClusterValues:
		return nil, nil, fmt.Errorf("cluster: values for every channel with format %q, want %q: %w", c.Format, ClusterValues, ops.ErrValue)
	case c.Clusters < 2 || c.Clusters > most:
		return nil, nil, fmt.Errorf("cluster: %d clusters, want 2 to %d: %w", c.Clusters, most, ops.ErrValue)
	}
	if c.MinElements == 0 {
		c.MinElements = 512
	}
	var tables tabled
	if c.Format == ClusterMetadata {
		if err := refuseCompressed(f); err != nil {
			return nil, nil, err
		}
	}
	out, report, err := transform(f, fmt.Sprintf("%d clusters (%s)", c.Clusters, c.Format), func(m *edit.Model, r *Report) error {
		list, err := prunable(m, PruneConfig{MinElements: c.MinElements, Depthwise: c.Depthwise, Match: c.Match}, r)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.warn("no weights to cluster")
		}
		for _, w := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			action := ""
			var centers []float32
			if c.PerAxis {
				axis := w.clusterAxis(c.Clusters)
				action = fmt.Sprintf("%d values for each index of axis %d", c.Clusters, axis)
			} else {
				centers = w.cluster(c.Clusters)
				action = fmt.Sprintf("%d values", len(centers))
			}
			before := len(m.Buffers[m.Subgraphs[w.graph].Tensors[w.tensor].Buffer].Data)
			after := before
			if c.Format == ClusterDecode {
				if after, err = w.decode(m, centers, r); err != nil {
					return err
				}
			}
			if after == before {
				w.write(m)
			}
			r.Changes = append(r.Changes, TensorChange{
				Subgraph: w.graph, Tensor: w.name, Operator: w.op, Action: action, Elements: int64(len(w.values)),
				BytesBefore: int64(before), BytesAfter: int64(after), SQNR: SQNR(w.before, w.values),
			})
			tables.add(m, w, len(r.Changes)-1)
		}
		return nil
	})
	if err != nil || c.Format != ClusterMetadata {
		return out, report, err
	}
	tables.compressConstants(out, report)
	if report.After, err = sizeOf(out); err != nil {
		return nil, nil, fmt.Errorf("cluster: %w", err)
	}
	return out, report, nil
}

// clusterAxis replaces the weights of every output channel by at most k values, and returns the axis of the channels.
func (w *prunedWeights) clusterAxis(k int) int {
	axis := 0
	if w.op == tflite.BuiltinOperatorDEPTHWISE_CONV_2D.String() {
		axis = len(w.shape) - 1
	}
	channels, run := 1, 1
	if len(w.shape) > 0 {
		channels = int(w.shape[axis])
		for _, d := range w.shape[axis+1:] {
			run *= int(d)
		}
	}
	one := *w
	for c := range channels {
		one.values = nil
		for i := c * run; i < len(w.values); i += channels * run {
			one.values = append(one.values, w.values[i:i+run]...)
		}
		one.cluster(k)
		from := one.values
		for i := c * run; i < len(w.values); i += channels * run {
			from = from[copy(w.values[i:i+run], from):]
		}
	}
	return axis
}

// cluster replaces the weights by at most k values and returns these in order.
func (w *prunedWeights) cluster(k int) []float32 {
	sorted := slices.DeleteFunc(slices.Clone(w.values), func(v float32) bool {
		return v == 0 || math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	})
	slices.Sort(sorted)
	if len(sorted) < len(w.values) {
		k-- // one for zero
	}
	centers := kMeans(sorted, k)
	if w.kind != tflite.TensorTypeFLOAT32 && w.kind != tflite.TensorTypeFLOAT16 {
		for i, c := range centers {
			centers[i] = math.Round(c)
		}
	}
	list := make([]float32, 0, k+1)
	for _, c := range centers {
		list = append(list, float32(c))
	}
	for i, v := range w.values {
		if v != 0 && !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
			w.values[i] = nearest(list, v)
		}
	}
	list = append(list, w.values...)
	slices.Sort(list)
	// What is in use: centers without weights are gone, zero and oddities are there.
	list = slices.Compact(list)
	used := map[float32]bool{}
	for _, v := range w.values {
		used[v] = true
	}
	return slices.DeleteFunc(list, func(v float32) bool { return !used[v] })
}

// nearest returns the value of an ascending list that is closest to v, the smaller of two equally close ones.
func nearest(list []float32, v float32) float32 {
	i := sort.Search(len(list), func(i int) bool { return list[i] >= v })
	switch {
	case i == 0:
		return list[0]
	case i == len(list) || float64(v)-float64(list[i-1]) <= float64(list[i])-float64(v):
		return list[i-1]
	}
	return list[i]
}

// kMeans returns at most k ascending centers with a small sum of squared distances of the sorted values. Lloyd's algorithm
// runs from centers at equal distances, which suits tails, and from centers with equally many values each; the better end
// counts. Sums over ranges come from prefix sums, so that a step takes k binary searches.
func kMeans(sorted []float32, k int) []float64 {
	if len(sorted) == 0 || k < 1 {
		return nil
	}
	distinct := slices.Compact(slices.Clone(sorted))
	if len(distinct) <= k {
		out := make([]float64, len(distinct))
		for i, v := range distinct {
			out[i] = float64(v)
		}
		return out
	}
	sums, squares := make([]float64, len(sorted)+1), make([]float64, len(sorted)+1)
	for i, v := range sorted {
		sums[i+1] = sums[i] + float64(v)
		squares[i+1] = squares[i] + float64(v)*float64(v)
	}
	linear, density := make([]float64, k), make([]float64, k)
	lo, hi := float64(sorted[0]), float64(sorted[len(sorted)-1])
	for i := range k {
		linear[i] = lo + (hi-lo)*(float64(i)+0.5)/float64(k)
		density[i] = float64(sorted[(2*i+1)*len(sorted)/(2*k)])
	}
	best, least := []float64(nil), math.Inf(1)
	for _, centers := range [][]float64{linear, density} {
		if e := lloyd(sorted, sums, squares, centers); e < least {
			best, least = centers, e
		}
	}
	return best
}

// lloyd moves centers to the means of the values nearest to them until nothing changes, and returns the error.
func lloyd(sorted []float32, sums, squares, centers []float64) float64 {
	const most = 200
	bound := make([]int, len(centers)+1) // values of center i: bound[i] to bound[i+1]
	bound[len(centers)] = len(sorted)
	err := math.Inf(1)
	for range most {
		for i := 1; i < len(centers); i++ {
			middle := (centers[i-1] + centers[i]) / 2
			bound[i] = sort.Search(len(sorted), func(j int) bool { return float64(sorted[j]) > middle })
		}
		moved, now := false, 0.0
		for i := range centers {
			n := bound[i+1] - bound[i]
			if n <= 0 {
				continue
			}
			mean := (sums[bound[i+1]] - sums[bound[i]]) / float64(n)
			now += squares[bound[i+1]] - squares[bound[i]] - float64(n)*mean*mean
			moved = moved || mean != centers[i]
			centers[i] = mean
		}
		err = now
		if !moved {
			break
		}
	}
	return err
}

// decode stores the weights as indices in front of every node that reads them, if that takes less room, and returns the
// bytes of constants.
func (w *prunedWeights) decode(m *edit.Model, values []float32, r *Report) (int, error) {
	x := m.Subgraphs[w.graph].Tensors[w.tensor]
	before := len(m.Buffers[x.Buffer].Data)
	width := max(bits.Len(uint(len(values)-1)), 1)
	channels := 1
	if q := x.Quantization; q != nil && len(q.Scale) > 1 {
		channels = len(q.Scale)
	}
	if w.kind == tflite.TensorTypeFLOAT16 || w.kind == tflite.TensorTypeUINT8 || len(values) > 128 {
		r.skip(w.graph, w.name, "TFLM_DECODE has no tables of %d values of type %s", len(values), w.kind)
		return before, nil
	}
	table := w.decodeTable(values, width, channels)
	encoded := packIndexes(w.values, values, width)
	if len(table)+len(encoded) >= before {
		r.skip(w.graph, w.name, "indices of %d bits and tables for %d channels take no less room", width, channels)
		return before, nil
	}
	for _, u := range w.users {
		m.Graph(u.Graph).DecodeFor(int32(u.Tensor), encoded, table)
	}
	return len(table) + len(encoded), nil
}
