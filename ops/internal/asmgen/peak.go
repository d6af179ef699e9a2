package main

// peakLoops writes loops of nothing but multiply-adds over registers: the most that the kernels can reach. Twelve chains hide
// the latency of four cycles of two units.
func peakLoops(f *file) {
	const chains = 12
	for _, k := range []struct {
		name, op string
		width    byte
	}{
		{"fmaAVX2", "VFMADD231PS %s, %s, %s", 'Y'}, {"fmaAVX512", "VFMADD231PS %s, %s, %s", 'Z'}, {"dotVNNI512", "VPDPBUSD %s, %s, %s", 'Z'},
	} {
		f.function(k.name, "(n int)", 8)
		f.op("MOVQ n+0(FP), CX")
		for i := range chains + 2 {
			f.zero(vec(k.width, i))
		}
		f.label("loop")
		for i := range chains {
			f.op(k.op, vec(k.width, chains), vec(k.width, chains+1), vec(k.width, i))
		}
		f.op("DECQ CX")
		f.op("JNZ loop")
		f.ret()
	}
}
