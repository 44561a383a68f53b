package rtnl

import (
	"encoding/binary"
	"fmt"
	"math"
)

// TBF is a token bucket filter: a queueing discipline that sends at a rate
// (net/sched/sch_tbf.c; tc-tbf(8)). A change gives all options.
type TBF struct {
	// Rate is in bytes per second.
	Rate uint64
	// Burst is how many bytes may be sent at once after a pause. Less than the
	// link's MTU with its header (1514) blocks full packets, and too little for
	// a timer's tick lowers the rate.
	Burst uint32
	// Limit is how many bytes the queue holds.
	Limit uint32
	// PeakRate bounds the rate within a burst, in bytes per second, 0 for no
	// bound. PeakBurst is then how many bytes may be sent at once: at least the
	// link's MTU ("minburst" or "mtu" in tc-tbf(8)).
	PeakRate  uint64
	PeakBurst uint32
	// Overhead is added to the length of each packet, in bytes. What is shorter
	// than MPU counts as so many bytes. With ATM packets take whole cells of 53
	// bytes.
	Overhead, MPU uint16
	ATM           bool
}

// Attributes of tbf (include/uapi/linux/pkt_sched.h).
const (
	tbfParms     = 1 // TCA_TBF_PARMS
	tbfRate64    = 4 // TCA_TBF_RATE64
	tbfPeakRate  = 5 // TCA_TBF_PRATE64
	tbfBurst     = 6 // TCA_TBF_BURST
	tbfPeakBurst = 7 // TCA_TBF_PBURST

	tbfQoptLen   = 36
	linkEthernet = 1 // TC_LINKLAYER_ETHERNET
	linkATM      = 2 // TC_LINKLAYER_ATM
)

// Kind returns "tbf".
func (*TBF) Kind() string { return "tbf" }

// EncodeOptions implements QdiscKind. It sends no rate tables: the kernel has
// not needed them since Linux 3.13, if it is told the link layer.
func (k *TBF) EncodeOptions(e *Encoder) {
	switch {
	case k.Rate == 0:
		e.Fail("tbf: no rate given")
	case k.Burst == 0 || k.Limit == 0:
		e.Fail("tbf: it needs a burst and a limit, in bytes")
	case k.PeakRate != 0 && k.PeakRate <= k.Rate:
		e.Fail("tbf: the peak rate must be higher than the rate")
	case k.PeakRate != 0 && k.PeakBurst == 0:
		e.Fail("tbf: a peak rate needs a burst of its own, in bytes")
	case k.PeakRate == 0 && k.PeakBurst != 0:
		e.Fail("tbf: a peak burst needs a peak rate")
	}
	e.attr(tbfParms, tbfQoptLen)
	k.rateSpec(e, k.Rate)
	if k.PeakRate != 0 {
		k.rateSpec(e, k.PeakRate)
	} else {
		e.Header(make([]byte, 12)...)
	}
	e.uint32s(k.Limit, sendTicks(k.Rate, k.Burst), sendTicks(k.PeakRate, k.PeakBurst))
	e.Uint32(tbfBurst, k.Burst)
	if k.Rate > math.MaxUint32 {
		e.Uint64(tbfRate64, k.Rate)
	}
	if k.PeakRate != 0 {
		if k.PeakRate > math.MaxUint32 {
			e.Uint64(tbfPeakRate, k.PeakRate)
		}
		e.Uint32(tbfPeakBurst, k.PeakBurst)
	}
}

// rateSpec appends a struct tc_ratespec.
func (k *TBF) rateSpec(e *Encoder, rate uint64) {
	layer := uint8(linkEthernet)
	if k.ATM {
		layer = linkATM
	}
	e.buf = append(e.buf, 0, layer)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, k.Overhead)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, 0)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, k.MPU)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, uint32(min(rate, math.MaxUint32)))
}

// sendTicks returns how long it takes to send some bytes, in ticks, rounded up.
func sendTicks(rate uint64, bytes uint32) uint32 {
	if rate == 0 {
		return 0
	}
	return uint32(min(math.Ceil(float64(bytes)/float64(rate)*(1e9/schedTick)), math.MaxUint32))
}

// sendBytes returns how many bytes are sent in some ticks.
func sendBytes(rate uint64, ticks uint32) uint32 {
	return uint32(min(float64(rate)*float64(ticks)*schedTick/1e9, math.MaxUint32))
}

// DecodeTBF reads a tbf's Options. The kernel reports bursts as times in steps
// of 64 ns, in which Overhead, MPU and ATM count, so that Burst and PeakBurst
// may differ from those that were set.
func DecodeTBF(options []byte) (*TBF, error) {
	k := &TBF{}
	var buffer, mtu uint32
	var rate64, peak64 uint64
	r := AttrReader{rest: options}
	for r.Next() {
		switch r.Type() {
		case tbfParms:
			if r.short(tbfQoptLen) {
				continue
			}
			b := r.data
			k.ATM = b[1] == linkATM
			k.Overhead, k.MPU = binary.NativeEndian.Uint16(b[2:]), binary.NativeEndian.Uint16(b[6:])
			k.Rate = uint64(binary.NativeEndian.Uint32(b[8:]))
			k.PeakRate = uint64(binary.NativeEndian.Uint32(b[20:]))
			k.Limit = binary.NativeEndian.Uint32(b[24:])
			buffer, mtu = binary.NativeEndian.Uint32(b[28:]), binary.NativeEndian.Uint32(b[32:])
		case tbfRate64:
			rate64 = r.Uint64()
		case tbfPeakRate:
			peak64 = r.Uint64()
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("options of tbf: %w", r.err)
	}
	if rate64 != 0 {
		k.Rate = rate64
	}
	if peak64 != 0 {
		k.PeakRate = peak64
	}
	k.Burst, k.PeakBurst = sendBytes(k.Rate, buffer), sendBytes(k.PeakRate, mtu)
	return k, nil
}
