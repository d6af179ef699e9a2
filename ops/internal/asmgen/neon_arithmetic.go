package main

// neonArithmetic lists the elementwise float32 operations of two operands on arm64: body combines register a, from the first
// operand, with register b and leaves the result in a; it may change register t. oneA and clamps are as in arithmetic.
var neonArithmetic = []struct {
	name         string
	oneA, clamps bool
	body         func(f *file, a, b, t int)
}{
	{"add", false, true, func(f *file, a, b, t int) { f.neon("FADD.4S", a, a, b) }},
	{"sub", true, true, func(f *file, a, b, t int) { f.neon("FSUB.4S", a, a, b) }},
	{"mul", false, true, func(f *file, a, b, t int) { f.neon("FMUL.4S", a, a, b) }},
	{"div", true, true, func(f *file, a, b, t int) { f.neon("FDIV.4S", a, a, b) }},
	// b where either is a NaN or both are 0: FMAX would choose otherwise.
	{"max", true, false, func(f *file, a, b, t int) {
		f.neon("FCMGT.4S", t, a, b)
		f.op("VBIF V%d.B16, V%d.B16, V%d.B16", t, b, a)
	}},
	{"min", true, false, func(f *file, a, b, t int) {
		f.neon("FCMGT.4S", t, b, a)
		f.op("VBIF V%d.B16, V%d.B16, V%d.B16", t, b, a)
	}},
	{"squaredDifference", false, false, func(f *file, a, b, t int) {
		f.neon("FSUB.4S", a, a, b)
		f.neon("FMUL.4S", a, a, a)
	}},
	{"prelu", false, false, func(f *file, a, b, t int) { neonSlope(f, "FCMGE0.4S", a, b, t) }},
	{"leakyRelu", false, false, func(f *file, a, b, t int) { neonSlope(f, "FCMGT0.4S", a, b, t) }},
}

// neonSlope multiplies register a by b where it does not compare with 0.
func neonSlope(f *file, compare string, a, b, t int) {
	f.neon(compare, t, a)
	f.neon("FMUL.4S", t+4, a, b)
	f.op("VBIF V%d.B16, V%d.B16, V%d.B16", t, t+4, a)
}

func writeNeonArithmetic(f *file) {
	for _, o := range neonArithmetic {
		if o.name != "leakyRelu" { // whose slope is one number
			neonBinary(f, o.name, "", o.clamps, o.body)
		}
		if o.oneA {
			neonBinary(f, o.name, "a", o.clamps, o.body)
		}
		neonBinary(f, o.name, "b", o.clamps, o.body)
	}
	neonUnary(f, "clamp", "(dst, x *float32, n int, lo, hi float32)", 32, func() {
		neonRange(f, 24)
	}, neonClamp)
	for _, u := range []struct {
		name string
		body func(f *file, a, t int)
	}{
		{"abs", func(f *file, a, t int) { f.neon("FABS.4S", a, a) }},
		{"neg", func(f *file, a, t int) { f.neon("FNEG.4S", a, a) }},
		{"square", func(f *file, a, t int) { f.neon("FMUL.4S", a, a, a) }},
	} {
		neonUnary(f, u.name, "(dst, x *float32, n int)", 24, func() {}, u.body)
	}
}

// neonRange loads lo and hi, that many bytes into the arguments, to V30 and V31.
func neonRange(f *file, at int) {
	f.op("MOVW lo+%d(FP), R4", at)
	f.op("VDUP R4, V30.S4")
	f.op("MOVW hi+%d(FP), R5", at+4)
	f.op("VDUP R5, V31.S4")
}

// neonClamp limits register a to the range: neither a NaN nor a zero beside a zero changes.
func neonClamp(f *file, a, t int) {
	f.neon("FCMGT.4S", t, 30, a)
	f.op("VBIT V%d.B16, V30.B16, V%d.B16", t, a)
	f.neon("FCMGT.4S", t, a, 31)
	f.op("VBIT V%d.B16, V31.B16, V%d.B16", t, a)
}

// neonEach writes a loop over R3 elements, 16 at a time, then 4, then 1, whose other lanes are 0: load gets the number of
// vectors or 0, body a vector, store as load. names distinguish loops of a function.
func neonEach(f *file, name string, load func(vectors int), body func(v int), store func(vectors int)) {
	for _, vectors := range []int{4, 1, 0} {
		label := name + []string{"One", "Four", "", "", "Sixteen"}[vectors]
		elements := max(1, 4*vectors)
		f.op("SUBS $%d, R3, R3", elements)
		f.op("BLT %sLess", label)
		f.op("PCALIGN $16")
		f.label(label)
		load(vectors)
		for v := range max(1, vectors) {
			body(v)
		}
		store(vectors)
		f.op("SUBS $%d, R3, R3", elements)
		f.op("BGE %s", label)
		f.label(label + "Less")
		f.op("ADDS $%d, R3, R3", elements)
		if vectors > 0 {
			f.op("BEQ %sDone", name)
		}
	}
	f.label(name + "Done")
}

// neonLoad loads vectors from register r on to register v on, or a single element, and moves the pointer on.
func neonLoad(f *file, vectors, r, v int) {
	switch vectors {
	case 4:
		f.op("VLD1.P 64(R%d), [V%d.S4, V%d.S4, V%d.S4, V%d.S4]", r, v, v+1, v+2, v+3)
	case 1:
		f.op("FMOVQ.P 16(R%d), F%d", r, v)
	default:
		f.op("FMOVS.P 4(R%d), F%d", r, v)
	}
}

// neonStore is the reverse of neonLoad.
func neonStore(f *file, vectors, r, v int) {
	switch vectors {
	case 4:
		f.op("VST1.P [V%d.S4, V%d.S4, V%d.S4, V%d.S4], 64(R%d)", v, v+1, v+2, v+3, r)
	case 1:
		f.op("FMOVQ.P F%d, 16(R%d)", v, r)
	default:
		f.op("FMOVS.P F%d, 4(R%d)", v, r)
	}
}

// neonBinary writes an operation; one names the operand, if any, that is a single number. Without a range there is no clamp.
func neonBinary(f *file, name, one string, clamps bool, body func(f *file, a, b, t int)) {
	switch one {
	case "a":
		name = "one" + string(name[0]-32) + name[1:]
	case "b":
		name += "One"
	}
	if clamps {
		f.function(name+"F32NEON", "(dst, a, b *float32, n int, lo, hi float32)", 40)
	} else {
		f.function(name+"F32NEON", "(dst, a, b *float32, n int)", 32)
	}
	for i, name := range []string{"dst", "a", "b", "n"} {
		f.op("MOVD %s+%d(FP), R%d", name, i*8, i)
	}
	switch one {
	case "a":
		f.op("VLD1R (R1), [V28.S4]")
	case "b":
		f.op("VLD1R (R2), [V28.S4]")
	}
	loop := func(label string, clamp bool) {
		neonEach(f, label, func(vectors int) {
			if one == "a" {
				for v := range max(1, vectors) {
					f.op("VMOV V28.B16, V%d.B16", v)
				}
			} else {
				neonLoad(f, vectors, 1, 0)
			}
			if one != "b" {
				neonLoad(f, vectors, 2, 4)
			}
		}, func(v int) {
			b := 4 + v
			if one == "b" {
				b = 28
			}
			body(f, v, b, 8+v)
			if clamp {
				neonClamp(f, v, 8+v)
			}
		}, func(vectors int) { neonStore(f, vectors, 0, 0) })
	}
	if clamps {
		neonRange(f, 32)
		f.op("MOVW $0xff800000, R6")
		f.op("CMPW R4, R6")
		f.op("BNE clamped")
		f.op("MOVW $0x7f800000, R6")
		f.op("CMPW R5, R6")
		f.op("BNE clamped")
		loop("plain", false)
		f.op("RET")
		f.label("clamped")
	}
	loop("each", clamps)
	f.op("RET")
}

// neonUnary writes a function of one operand; begin loads what body needs besides.
func neonUnary(f *file, name, signature string, size int, begin func(), body func(f *file, a, t int)) {
	f.function(name+"F32NEON", signature, size)
	f.op("MOVD dst+0(FP), R0")
	f.op("MOVD x+8(FP), R1")
	f.op("MOVD n+16(FP), R3")
	begin()
	neonEach(f, "each", func(vectors int) { neonLoad(f, vectors, 1, 0) }, func(v int) { body(f, v, 8+v) },
		func(vectors int) { neonStore(f, vectors, 0, 0) })
	f.op("RET")
}
