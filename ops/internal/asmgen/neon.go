package main

// neonWords are the vector instructions of arm64 that Go's assembler lacks, with all register fields 0 (Arm Architecture
// Reference Manual, C7.2). neon_test.go compares them with what an assembler made of the same text.
var neonWords = map[string]uint32{
	"SDOT.4S":     0x4E809400,
	"UDOT.4S":     0x6E809400,
	"SMULL.8H":    0x0E20C000,
	"SMULL2.8H":   0x4E20C000,
	"UMULL.8H":    0x2E20C000,
	"UMULL2.8H":   0x6E20C000,
	"SADALP.4S":   0x4E606800,
	"UADALP.4S":   0x6E606800,
	"SMLAL.4S":    0x0E608000,
	"SMLAL2.4S":   0x4E608000,
	"SSHL.4S":     0x4EA04400,
	"SRSHL.4S":    0x4EA05400,
	"SQADD.4S":    0x4EA00C00,
	"SQRDMULH.4S": 0x6EA0B400,
	"SMAX.4S":     0x4EA06400,
	"SMIN.4S":     0x4EA06C00,
	"XTN.4H":      0x0E612800,
	"XTN2.8H":     0x4E612800,
	"XTN.8B":      0x0E212800,
	"SXTL.8H":     0x0F08A400,
	"SXTL2.8H":    0x4F08A400,
	"SXTL.4S":     0x0F10A400,
	"SXTL2.4S":    0x4F10A400,
	"UXTL.8H":     0x2F08A400,
	"UXTL2.8H":    0x6F08A400,
	"SSHR31.4S":   0x4F210400,
	"FMLA.4S[0]":  0x4F801000,
	"FMLA.4S[1]":  0x4FA01000,
	"FMLA.4S[2]":  0x4F801800,
	"FMLA.4S[3]":  0x4FA01800,
	"SDOT.4S[0]":  0x4F80E000,
	"SDOT.4S[1]":  0x4FA0E000,
	"SDOT.4S[2]":  0x4F80E800,
	"SDOT.4S[3]":  0x4FA0E800,
	"SSRA31.4S":   0x4F211400,
	"SQXTN.4H":    0x0E614800,
	"SQXTN2.8H":   0x4E614800,
	"SQADD.8H":    0x4E600C00,
	"SQXTN.8B":    0x0E214800,
	"SQXTN2.16B":  0x4E214800,
	"SQXTUN.8B":   0x2E212800,
	"SQXTUN2.16B": 0x6E212800,
	"SMAX.16B":    0x4E206400,
	"SMIN.16B":    0x4E206C00,
	"UMAX.16B":    0x6E206400,
	"UMIN.16B":    0x6E206C00,
	"SMLAL.8H":    0x0E208000,
	"SMLAL2.8H":   0x4E208000,
	"FADD.4S":     0x4E20D400,
	"FMAX.4S":     0x4E20F400,
	"FMIN.4S":     0x4EA0F400,
	"FMLA.4S":     0x4E20CC00,
	"FMLS.4S":     0x4EA0CC00,
	"FSUB.4S":     0x4EA0D400,
	"FMUL.4S":     0x6E20DC00,
	"FDIV.4S":     0x6E20FC00,
	"FCMGT.4S":    0x6EA0E400,
	"FCMGE.4S":    0x6E20E400,
	"FCMEQ.4S":    0x4E20E400,
	"FRINTN.4S":   0x4E218800,
	"FCVTNS.4S":   0x4E21A800,
	"FCVTAS.4S":   0x4E21C800,
	"SCVTF.4S":    0x4E21D800,
	"FSQRT.4S":    0x6EA1F800,
	"FABS.4S":     0x4EA0F800,
	"FNEG.4S":     0x6EA0F800,
	"FADDP.4S":    0x6E20D400,
	"FMAXNM.4S":   0x4E20C400,
	"FMINNM.4S":   0x4EA0C400,
	"FMAXNMP.4S":  0x6E20C400,
	"SSHR1.4S":    0x4F3F0400,
	"FCVTL.4S":    0x0E217800,
	"FCVTL2.4S":   0x4E217800,
	"FCVTN.4H":    0x0E216800,
	"FCVTN2.8H":   0x4E216800,
	"FMUL.4S[0]":  0x4F809000,
	"FCMLT0.4S":   0x4EA0E800,
	"FCMGE0.4S":   0x6EA0C800,
	"FCMGT0.4S":   0x4EA0C800,
	"CMLT0.4S":    0x4EA0A800,
	"FCMEQ0.4S":   0x4EA0D800,
	"SSUBL.8H":    0x0E202000,
}

// neonWord encodes an instruction of neonWords: the destination, the first source and, where there is one, the second.
func neonWord(name string, d, n int, m ...int) uint32 {
	w, ok := neonWords[name]
	if !ok {
		panic(name)
	}
	w |= uint32(n)<<5 | uint32(d)
	for _, m := range m {
		w |= uint32(m) << 16
	}
	return w
}

// neon writes an instruction that Go's assembler lacks, operands in the manual's order.
func (f *file) neon(name string, d, n int, m ...int) {
	text := ""
	for _, m := range m {
		text += ", V" + string(rune('0'+m/10)) + string(rune('0'+m%10))
	}
	f.op("WORD $0x%08X // %s V%02d, V%02d%s", neonWord(name, d, n, m...), name, d, n, text)
}
