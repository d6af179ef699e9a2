package q

import (
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestWindowSums(t *testing.T) {
	t.Run("int8", testWindowSums[int8])
	t.Run("uint8", testWindowSums[uint8])
}

func testWindowSums[X int8 | uint8](t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for i := range 400 {
		length := 1 + i/2
		win := &Window{Length: length, Segments: 1}
		if i%2 == 1 {
			win.Segments += length % 4
		}
		for range win.Segments - 1 {
			win.Steps = append(win.Steps, length+rng.IntN(9))
		}
		rows, ldx := 1+length%11, 1+rng.IntN(2*length)
		x := guardtest.After[X](t, (rows-1)*ldx+win.reach())
		fillStored(rng, x, length%3)
		want, got := make([]int32, rows), guardtest.After[int32](t, rows)
		windowSumsGeneric(want, x, ldx, win, -77)
		WindowSums(got, x, ldx, win, -77)
		require.Equal(t, want, []int32(got), "%+v", win)
	}
}

func TestAddRows(t *testing.T) {
	t.Run("int8", testAddRows[int8])
	t.Run("uint8", testAddRows[uint8])
}

func testAddRows[X int8 | uint8](t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 13))
	for n := range 70 {
		for _, rows := range []int{0, 1, 2, 5, 49} {
			x, got := guardtest.After[X](t, n*rows), guardtest.After[int32](t, n)
			fillStored(rng, x, rows%3)
			for i := range got {
				got[i] = rng.Int32() - 1<<30
			}
			want := append([]int32(nil), got...)
			addRowsGeneric(want, x)
			AddRows(got, x)
			require.Equal(t, want, append([]int32(nil), got...), "%d by %d", rows, n)
		}
	}
}
