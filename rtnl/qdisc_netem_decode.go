package rtnl

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// DecodeNetem reads a netem's Options. The kernel does not report
// distributions.
func DecodeNetem(options []byte) (*Netem, error) {
	if len(options) < netemQoptLen {
		return nil, fmt.Errorf("%w: options of netem with %d bytes", ErrMalformed, len(options))
	}
	field := func(i int) uint32 { return binary.NativeEndian.Uint32(options[4*i:]) }
	k := &Netem{
		Latency: time.Duration(field(0)) * schedTick, Limit: field(1), Loss: Probability(field(2)),
		Gap: field(3), Duplicate: Probability(field(4)), Jitter: time.Duration(field(5)) * schedTick,
	}
	r := AttrReader{rest: options[netemQoptLen:]}
	for r.Next() {
		k.attr(&r)
	}
	if r.err != nil {
		return nil, fmt.Errorf("options of netem: %w", r.err)
	}
	return k, nil
}

func (k *Netem) attr(r *AttrReader) {
	switch r.Type() {
	case netemCorr:
		r.probabilities(&k.DelayCorr, &k.LossCorr, &k.DuplicateCorr)
	case netemReorder:
		r.probabilities(&k.Reorder, &k.ReorderCorr)
	case netemCorrupt:
		r.probabilities(&k.Corrupt, &k.CorruptCorr)
	case netemECN:
		k.ECN = r.Uint32() != 0
	case netemLatency64:
		k.Latency = time.Duration(r.Uint64())
	case netemJitter64:
		k.Jitter = time.Duration(r.Uint64())
	case netemPRNGSeed:
		k.Seed = Some(r.Uint64())
	case netemRate64:
		k.Rate = r.Uint64()
	case netemRate:
		if r.short(16) {
			return
		}
		// TCA_NETEM_RATE64 comes before it, if 32 bits are not enough.
		if rate := binary.NativeEndian.Uint32(r.data); k.Rate == 0 || rate != math.MaxUint32 {
			k.Rate = uint64(rate)
		}
		k.PacketOverhead = int32(binary.NativeEndian.Uint32(r.data[4:]))
		k.CellSize = binary.NativeEndian.Uint32(r.data[8:])
		k.CellOverhead = int32(binary.NativeEndian.Uint32(r.data[12:]))
	case netemSlot:
		if r.short(40) {
			return
		}
		long := func(at int) time.Duration { return time.Duration(binary.NativeEndian.Uint64(r.data[at:])) }
		k.Slot = &NetemSlot{
			MinDelay: long(0), MaxDelay: long(8), Delay: long(24), Jitter: long(32),
			MaxPackets: int32(binary.NativeEndian.Uint32(r.data[16:])), MaxBytes: int32(binary.NativeEndian.Uint32(r.data[20:])),
		}
		// The kernel reports no bound as the highest one (get_slot).
		for _, n := range [...]*int32{&k.Slot.MaxPackets, &k.Slot.MaxBytes} {
			if *n == math.MaxInt32 {
				*n = 0
			}
		}
	case netemLoss:
		n := r.Nested()
		for n.Next() {
			switch n.Type() {
			case netemLossGE:
				k.GEModel = &NetemGE{}
				n.probabilities(&k.GEModel.P, &k.GEModel.R, &k.GEModel.H, &k.GEModel.K1)
			case netemLossGI:
				k.GIModel = &NetemGI{}
				n.probabilities(&k.GIModel.P13, &k.GIModel.P31, &k.GIModel.P32, &k.GIModel.P14, &k.GIModel.P23)
			}
		}
		r.Adopt(&n)
	}
}

func (r *AttrReader) probabilities(to ...*Probability) {
	if r.short(4 * len(to)) {
		return
	}
	for i, p := range to {
		*p = Probability(binary.NativeEndian.Uint32(r.data[4*i:]))
	}
}
