package main

import "testing"

// assembled is what GNU as 2.40 makes of the instructions with destination 1 and sources 2 and, where there is one, 3.
var assembled = map[string]uint32{
	"SDOT.4S":     0x4E839441,
	"UDOT.4S":     0x6E839441,
	"SMULL.8H":    0x0E23C041,
	"SMULL2.8H":   0x4E23C041,
	"UMULL.8H":    0x2E23C041,
	"UMULL2.8H":   0x6E23C041,
	"SADALP.4S":   0x4E606841,
	"UADALP.4S":   0x6E606841,
	"SMLAL.4S":    0x0E638041,
	"SMLAL2.4S":   0x4E638041,
	"SSHL.4S":     0x4EA34441,
	"SRSHL.4S":    0x4EA35441,
	"SQADD.4S":    0x4EA30C41,
	"SQRDMULH.4S": 0x6EA3B441,
	"SMAX.4S":     0x4EA36441,
	"SMIN.4S":     0x4EA36C41,
	"XTN.4H":      0x0E612841,
	"XTN2.8H":     0x4E612841,
	"XTN.8B":      0x0E212841,
	"SXTL.8H":     0x0F08A441,
	"SXTL2.8H":    0x4F08A441,
	"SXTL.4S":     0x0F10A441,
	"SXTL2.4S":    0x4F10A441,
	"UXTL.8H":     0x2F08A441,
	"UXTL2.8H":    0x6F08A441,
	"SSHR31.4S":   0x4F210441,
	"FMLA.4S[0]":  0x4F831041,
	"FMLA.4S[1]":  0x4FA31041,
	"FMLA.4S[2]":  0x4F831841,
	"FMLA.4S[3]":  0x4FA31841,
	"SDOT.4S[0]":  0x4F83E041,
	"SDOT.4S[1]":  0x4FA3E041,
	"SDOT.4S[2]":  0x4F83E841,
	"SDOT.4S[3]":  0x4FA3E841,
	"SSRA31.4S":   0x4F211441,
	"SQXTN.4H":    0x0E614841,
	"SQXTN2.8H":   0x4E614841,
	"SQADD.8H":    0x4E630C41,
	"SQXTN.8B":    0x0E214841,
	"SQXTN2.16B":  0x4E214841,
	"SQXTUN.8B":   0x2E212841,
	"SQXTUN2.16B": 0x6E212841,
	"SMAX.16B":    0x4E236441,
	"SMIN.16B":    0x4E236C41,
	"UMAX.16B":    0x6E236441,
	"UMIN.16B":    0x6E236C41,
	"SMLAL.8H":    0x0E238041,
	"SMLAL2.8H":   0x4E238041,
	"FADD.4S":     0x4E23D441,
	"FMAX.4S":     0x4E23F441,
	"FMIN.4S":     0x4EA3F441,
	"FMLA.4S":     0x4E23CC41,
	"FMLS.4S":     0x4EA3CC41,
	"FSUB.4S":     0x4EA3D441,
	"FMUL.4S":     0x6E23DC41,
	"FDIV.4S":     0x6E23FC41,
	"FCMGT.4S":    0x6EA3E441,
	"FCMGE.4S":    0x6E23E441,
	"FCMEQ.4S":    0x4E23E441,
	"FRINTN.4S":   0x4E218841,
	"FCVTNS.4S":   0x4E21A841,
	"FCVTAS.4S":   0x4E21C841,
	"SCVTF.4S":    0x4E21D841,
	"FSQRT.4S":    0x6EA1F841,
	"FABS.4S":     0x4EA0F841,
	"FNEG.4S":     0x6EA0F841,
	"FADDP.4S":    0x6E23D441,
	"FMAXNM.4S":   0x4E23C441,
	"FMINNM.4S":   0x4EA3C441,
	"FMAXNMP.4S":  0x6E23C441,
	"SSHR1.4S":    0x4F3F0441,
	"FCVTL.4S":    0x0E217841,
	"FCVTL2.4S":   0x4E217841,
	"FCVTN.4H":    0x0E216841,
	"FCVTN2.8H":   0x4E216841,
	"FMUL.4S[0]":  0x4F839041,
	"FCMLT0.4S":   0x4EA0E841,
	"FCMGE0.4S":   0x6EA0C841,
	"FCMGT0.4S":   0x4EA0C841,
	"CMLT0.4S":    0x4EA0A841,
	"FCMEQ0.4S":   0x4EA0D841,
	"SSUBL.8H":    0x0E232041,
}

func TestNeonWords(t *testing.T) {
	for name := range neonWords {
		want, ok := assembled[name]
		if !ok {
			t.Errorf("%s: not assembled", name)
			continue
		}
		got := neonWord(name, 1, 2)
		if want&0x1F0000 == 3<<16 && got&0x1F0000 == 0 {
			got = neonWord(name, 1, 2, 3)
		}
		if got != want {
			t.Errorf("%s: got %#08x, want %#08x", name, got, want)
		}
	}
}
