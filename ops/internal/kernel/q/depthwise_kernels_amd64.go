//go:build amd64 && !noasm

package q

func (a *depthwiseS8Args) run8(kind depthwiseKind) {
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1x8S8VNNI512(a)
	case depthwise3Stride2:
		depthwise3Stride2x8S8VNNI512(a)
	case depthwise5Stride1:
		depthwise5Stride1x8S8VNNI512(a)
	case depthwise5Stride2:
		depthwise5Stride2x8S8VNNI512(a)
	case depthwiseTaps:
		depthwiseTapsx8S8VNNI512(a)
	}
}

func (a *depthwiseS8Args) run16(kind depthwiseKind) {
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1x16S8VNNI512(a)
	case depthwise3Stride2:
		depthwise3Stride2x16S8VNNI512(a)
	case depthwise5Stride1:
		depthwise5Stride1x16S8VNNI512(a)
	case depthwise5Stride2:
		depthwise5Stride2x16S8VNNI512(a)
	case depthwiseTaps:
		depthwiseTapsx16S8VNNI512(a)
	}
}

func (a *depthwiseS8Args) run32(kind depthwiseKind) {
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1x32S8VNNI512(a)
	case depthwise3Stride2:
		depthwise3Stride2x32S8VNNI512(a)
	case depthwise5Stride1:
		depthwise5Stride1x32S8VNNI512(a)
	case depthwise5Stride2:
		depthwise5Stride2x32S8VNNI512(a)
	case depthwiseTaps:
		depthwiseTapsx32S8VNNI512(a)
	}
}

func (a *depthwiseS8Args) run64(kind depthwiseKind) {
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1x64S8VNNI512(a)
	case depthwise3Stride2:
		depthwise3Stride2x64S8VNNI512(a)
	case depthwise5Stride1:
		depthwise5Stride1x64S8VNNI512(a)
	case depthwise5Stride2:
		depthwise5Stride2x64S8VNNI512(a)
	case depthwiseTaps:
		depthwiseTapsx64S8VNNI512(a)
	}
}

// These compute tiles of blocks of so many channels, with kernels of so many columns and a stride, or of any kind. Their generic
// twins are [DepthwiseRow] and [RequantizeChannels].

//go:noescape
func depthwise3Stride1x8S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x8S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x8S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x8S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwiseTapsx8S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride1x16S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x16S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x16S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x16S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwiseTapsx16S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride1x32S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x32S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x32S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x32S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwiseTapsx32S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride1x64S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x64S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x64S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x64S8VNNI512(args *depthwiseS8Args)

//go:noescape
func depthwiseTapsx64S8VNNI512(args *depthwiseS8Args)
