package calibrate

// Method is how a range is chosen from what was observed.
type Method string

// The methods. The empty one is MinMax.
const (
	MinMax Method = "min-max" // all values seen
)

func (o *observed) clip(Method) Range { return Range{o.min, o.max} }
