//go:build (!amd64 && !arm64) || noasm

package q

func pairBytes(_ bytesKind, _, _, _ []uint8, _ *byteParams) int { return 0 }

func lookupVector(_, _ []uint8, _ *[256]uint8) bool { return false }

// pairWords computes nothing.
func pairWords(kind bytesKind, dst, x, y []int16, p *byteParams) int { return 0 }
