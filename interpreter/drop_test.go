package interpreter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDropsJoin(t *testing.T) {
	const far = neighbours + 1
	for _, c := range []struct{ in, want []span }{
		{nil, nil},
		{[]span{{5, 9}}, []span{{5, 9}}},
		{[]span{{100, 200}, {0, 50}}, []span{{0, 200}}},
		{[]span{{0, 1000}, {10, 20}}, []span{{0, 1000}}},
		{[]span{{10 + far, 20 + far}, {0, 10}}, []span{{0, 10}, {10 + far, 20 + far}}},
		{[]span{{10 + neighbours, 20 + neighbours}, {0, 10}}, []span{{0, 20 + neighbours}}},
	} {
		require.Equal(t, len(c.want), len(joined(append([]span(nil), c.in...))))
		require.Equal(t, c.want, append([]span(nil), joined(append([]span(nil), c.in...))...))
	}
}

// Constants that do not lie in the mapped file, or are small, never wait; others do until there are enough of them.
func TestDropsWait(t *testing.T) {
	d := drops{mapped: make([]byte, 3*mostWaiting)}
	d.mapped = d.mapped[:len(d.mapped):len(d.mapped)]
	d.add(make([]byte, leastDropped))
	d.add(d.mapped[:leastDropped-1])
	require.Empty(t, d.waiting)
	(&drops{}).add(d.mapped[:leastDropped])
	d.add(d.mapped[64 : 64+leastDropped])
	require.Equal(t, []span{{64, 64 + leastDropped}}, d.waiting)
	d.waiting, d.bytes = nil, 0 // the memory is not really that of a file: nothing here may be given back
}
