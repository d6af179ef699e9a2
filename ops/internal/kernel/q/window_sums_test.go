package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestWindowSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for length := 1; length < 200; length++ {
		win := &Window{Length: length, Segments: 1 + length%4}
		for range win.Segments - 1 {
			win.Steps = append(win.Steps, length+rng.IntN(9))
		}
		rows, ldx := 1+length%7, 1+rng.IntN(2*length)
		x := guardtest.After[uint8](t, (rows-1)*ldx+win.reach())
		fillStored(rng, x, length%3)
		want, got := make([]int32, rows), guardtest.After[int32](t, rows)
		windowSumsGeneric(want, x, ldx, win, -77)
		WindowSums(got, x, ldx, win, -77)
		require.Equal(t, want, []int32(got), "%+v", win)
	}
}
