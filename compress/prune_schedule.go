package compress

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/ops"
)

// mostSteps bounds the steps of a schedule, each of which runs the model on all samples.
const mostSteps = 100

// schedule is the sparsity of every step.
func (c PruneConfig) schedule() []float64 {
	if len(c.Schedule) > 0 {
		return c.Schedule
	}
	list := make([]float64, max(c.Steps, 1))
	for i := range list {
		left := 1 - float64(i+1)/float64(len(list))
		list[i] = c.Sparsity * (1 - left*left*left)
	}
	return list
}

func (c PruneConfig) checkSchedule() error {
	switch n := len(c.Schedule); {
	case c.Steps < 0 || c.Steps > mostSteps || n > mostSteps:
		return fmt.Errorf("steps: got %d, want 0 to %d: %w", max(c.Steps, n), mostSteps, ops.ErrValue)
	case c.Steps > 0 && n > 0:
		return fmt.Errorf("steps %d and a schedule of %d: want one of them: %w", c.Steps, n, ops.ErrValue)
	case c.Pattern.kept() > 0 && (c.Steps > 1 || n > 0):
		return fmt.Errorf("steps with pattern %q, which has one sparsity only: %w", c.Pattern, ops.ErrValue)
	case n > 0 && c.Schedule[n-1] != c.Sparsity:
		return fmt.Errorf("schedule: ends with %v, want the sparsity %v: %w", c.Schedule[n-1], c.Sparsity, ops.ErrValue)
	}
	before := 0.0
	for i, x := range c.Schedule {
		if math.IsNaN(x) || x < before {
			return fmt.Errorf("schedule: step %d: %v after %v, want at least as much: %w", i+1, x, before, ops.ErrValue)
		}
		before = x
	}
	return nil
}
