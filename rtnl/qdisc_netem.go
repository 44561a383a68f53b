package rtnl

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"
)

// Netem is a queueing discipline that delays, loses, duplicates, damages and
// reorders packets as a real network would (net/sched/sch_netem.c; netem(8)).
// It works on what its link sends.
type Netem struct {
	// Limit is how many packets the queue holds, 0 for 1000. What is delayed
	// waits in it: 100 Mbit/s of full packets with a delay of 120 ms fill 1000.
	Limit uint32
	// Latency is how long each packet is delayed, and Jitter how far that
	// varies to both sides, both up to 2^63-1 ns. Without a Distribution all
	// delays in between are as likely. DelayCorr is how much one depends on the
	// one before it. Packets overtake each other where delays differ by more
	// than their distance.
	Latency, Jitter time.Duration
	DelayCorr       Probability
	// Distribution is how delays are distributed: a table of up to 16384 values
	// in units of Jitter/8192, of which each is as likely, such as NetemNormal
	// returns. A change cannot take it away, and the kernel does not report it.
	Distribution []int16
	// Loss is how many packets are lost, and LossCorr how much the loss of one
	// depends on that of the one before it. At most one of Loss, GEModel and
	// GIModel may be set.
	Loss, LossCorr Probability
	// GEModel and GIModel lose packets in bursts, nil for none.
	GEModel *NetemGE
	GIModel *NetemGI
	// ECN marks packets that would be lost, as far as they allow it.
	ECN bool
	// Duplicate is how many packets are sent twice.
	Duplicate, DuplicateCorr Probability
	// Corrupt is how many packets get a single wrong bit.
	Corrupt, CorruptCorr Probability
	// Reorder is how many packets are sent without a delay, before those that
	// wait. With a Gap it applies only to every Gap-th packet; 0 means 1 where
	// there is a Reorder. It needs a Latency.
	Reorder, ReorderCorr Probability
	Gap                  uint32
	// Rate is in bytes per second, 0 for no bound.
	Rate uint64
	// PacketOverhead is added to the length of each packet, in bytes. With a
	// CellSize a packet takes whole cells of as many bytes, each CellOverhead
	// bytes longer. Both overheads may be negative.
	PacketOverhead, CellOverhead int32
	CellSize                     uint32
	// Slot makes packets wait for slots, as those of a shared medium do, nil
	// for none (Linux 4.15).
	Slot *NetemSlot
	// Seed makes losses and delays repeatable. The kernel chooses one if there
	// is none. Kernels before Linux 6.6 ignore it, and report none.
	Seed Opt[uint64]

	// All makes a request give every option, so that a change sets those that
	// are zero back. Without it the kernel keeps correlations, Reorder,
	// Corrupt, Rate, Slot and ECN where a change gives none.
	All bool
}

// NetemGE is the Gilbert-Elliott model: a link is good or bad.
type NetemGE struct {
	// P and R are the probabilities that a good link becomes bad, and a bad one
	// good, with each packet.
	P, R Probability
	// H is the probability that a packet survives while the link is bad, and K1
	// that one is lost while it is good. Some texts name them h and 1-k.
	H, K1 Probability
}

// NetemGI is the model of four states, "state" in netem(8): 1 receives, 2
// receives within a burst, 3 loses within a burst, 4 loses a single packet.
type NetemGI struct {
	// P13 is the probability of a change from state 1 to 3, and so on.
	P13, P31, P32, P23, P14 Probability
}

// NetemSlot says when slots begin and what fits into one. It has either a range
// of delays, or a distribution.
type NetemSlot struct {
	// MinDelay and MaxDelay are the times between slots.
	MinDelay, MaxDelay time.Duration
	// Delay and Jitter are these with a Distribution, as in Netem.
	Delay, Jitter time.Duration
	Distribution  []int16
	// MaxPackets and MaxBytes are what fits into a slot, 0 for no bound.
	MaxPackets, MaxBytes int32
}

// A Probability is a number from 0 to 1: 2^32-1 stands for 1.
type Probability uint32

// NewProbability returns the nearest Probability to p. Below 0 it is 0, above 1
// it is 1.
func NewProbability(p float64) Probability {
	return Probability(math.RoundToEven(min(max(p, 0), 1) * math.MaxUint32))
}

// Float returns the probability as a number from 0 to 1.
func (p Probability) Float() float64 { return float64(p) / math.MaxUint32 }

// String returns it in percent, with as many digits as tell it from others:
// "0.1%".
func (p Probability) String() string {
	for digits := 1; ; digits++ {
		text := strconv.FormatFloat(100*p.Float(), 'f', digits-1, 64)
		if f, err := strconv.ParseFloat(text, 64); err != nil || NewProbability(f/100) == p || digits > 12 {
			return text + "%"
		}
	}
}

// Attributes of netem (include/uapi/linux/pkt_sched.h).
const (
	netemCorr      = 1  // TCA_NETEM_CORR
	netemDelayDist = 2  // TCA_NETEM_DELAY_DIST
	netemReorder   = 3  // TCA_NETEM_REORDER
	netemCorrupt   = 4  // TCA_NETEM_CORRUPT
	netemLoss      = 5  // TCA_NETEM_LOSS
	netemRate      = 6  // TCA_NETEM_RATE
	netemECN       = 7  // TCA_NETEM_ECN
	netemRate64    = 8  // TCA_NETEM_RATE64
	netemLatency64 = 10 // TCA_NETEM_LATENCY64
	netemJitter64  = 11 // TCA_NETEM_JITTER64
	netemSlot      = 12 // TCA_NETEM_SLOT
	netemSlotDist  = 13 // TCA_NETEM_SLOT_DIST
	netemPRNGSeed  = 14 // TCA_NETEM_PRNG_SEED

	netemLossGI = 1 // NETEM_LOSS_GI
	netemLossGE = 2 // NETEM_LOSS_GE

	netemQoptLen  = 24
	netemDistMax  = 16384
	netemLimit    = 1000 // of tc(8)
	netemDistUnit = 8192 // NETEM_DIST_SCALE
)

// Kind returns "netem".
func (*Netem) Kind() string { return "netem" }

// EncodeOptions implements QdiscKind.
func (k *Netem) EncodeOptions(e *Encoder) {
	k.check(e)
	limit, gap := k.Limit, k.Gap
	if limit == 0 {
		limit = netemLimit
	}
	if k.Reorder != 0 {
		gap = max(gap, 1)
	}
	latency, exactLatency := schedTicks(int64(k.Latency))
	jitter, exactJitter := schedTicks(int64(k.Jitter))
	e.uint32s(latency, limit, uint32(k.Loss), gap, uint32(k.Duplicate), jitter)
	if !exactLatency {
		e.Uint64(netemLatency64, uint64(k.Latency))
	}
	if !exactJitter {
		e.Uint64(netemJitter64, uint64(k.Jitter))
	}
	if k.All || k.DelayCorr|k.LossCorr|k.DuplicateCorr != 0 {
		e.probabilities(netemCorr, k.DelayCorr, k.LossCorr, k.DuplicateCorr)
	}
	if k.All || k.Reorder|k.ReorderCorr != 0 {
		e.probabilities(netemReorder, k.Reorder, k.ReorderCorr)
	}
	if k.ECN {
		e.Uint32(netemECN, 1)
	} else if k.All {
		e.Uint32(netemECN, 0)
	}
	if k.All || k.Corrupt|k.CorruptCorr != 0 {
		e.probabilities(netemCorrupt, k.Corrupt, k.CorruptCorr)
	}
	k.encodeSlot(e)
	k.encodeLoss(e)
	k.encodeRate(e)
	encodeDistribution(e, netemDelayDist, k.Distribution)
	if s := k.Slot; s != nil {
		encodeDistribution(e, netemSlotDist, s.Distribution)
	}
	if seed, ok := k.Seed.Get(); ok {
		e.Uint64(netemPRNGSeed, seed)
	}
}

// CheckNetem returns what keeps an impairment from being sent, or nil: what the
// kernel would take and not do.
func CheckNetem(k *Netem) error {
	var e Encoder
	k.check(&e)
	return e.err
}

// check fails for what the kernel would take and not do.
func (k *Netem) check(e *Encoder) {
	models := 0
	for _, set := range [...]bool{k.Loss != 0, k.GEModel != nil, k.GIModel != nil} {
		if set {
			models++
		}
	}
	switch {
	case k.Latency < 0 || k.Jitter < 0:
		e.Fail("netem: a delay of %s with a jitter of %s: negative", k.Latency, k.Jitter)
	case models > 1:
		e.Fail("netem: at most one of random loss, gemodel and state is possible")
	case k.ECN && models == 0:
		e.Fail("netem: ECN needs a loss: it marks what would be lost")
	case k.Reorder != 0 && k.Latency == 0:
		e.Fail("netem: reordering needs a delay, which some packets do without")
	case k.Gap != 0 && k.Reorder == 0:
		e.Fail("netem: a gap needs a probability of reordering")
	case len(k.Distribution) > 0 && (k.Latency == 0 || k.Jitter == 0):
		e.Fail("netem: a distribution needs a delay and a jitter")
	case len(k.Distribution) > netemDistMax:
		e.Fail("netem: a distribution of %d values, at most %d are possible", len(k.Distribution), netemDistMax)
	}
	s := k.Slot
	if s == nil {
		return
	}
	switch {
	case s.MinDelay < 0 || s.MaxDelay < s.MinDelay && s.MaxDelay != 0:
		e.Fail("netem: slots from %s to %s", s.MinDelay, s.MaxDelay)
	case s.Delay < 0 || s.Jitter < 0 || s.MaxPackets < 0 || s.MaxBytes < 0:
		e.Fail("netem: a negative number in a slot")
	case len(s.Distribution) > 0 && (s.Delay == 0 || s.Jitter == 0):
		e.Fail("netem: a distribution of slots needs a delay and a jitter")
	case len(s.Distribution) > netemDistMax:
		e.Fail("netem: a distribution of %d values, at most %d are possible", len(s.Distribution), netemDistMax)
	}
}

func (k *Netem) encodeLoss(e *Encoder) {
	switch {
	case k.GEModel != nil:
		mark := e.Nest(netemLoss)
		e.probabilities(netemLossGE, k.GEModel.P, k.GEModel.R, k.GEModel.H, k.GEModel.K1)
		e.EndNest(mark)
	case k.GIModel != nil:
		g := k.GIModel
		mark := e.Nest(netemLoss)
		e.probabilities(netemLossGI, g.P13, g.P31, g.P32, g.P14, g.P23)
		e.EndNest(mark)
	}
}

func (k *Netem) encodeRate(e *Encoder) {
	if !k.All && k.Rate == 0 && k.PacketOverhead == 0 && k.CellSize == 0 && k.CellOverhead == 0 {
		return
	}
	rate := uint32(math.MaxUint32)
	if k.Rate > math.MaxUint32 {
		e.Uint64(netemRate64, k.Rate)
	} else {
		rate = uint32(k.Rate)
	}
	e.attr(netemRate, 16)
	e.uint32s(rate, uint32(k.PacketOverhead), k.CellSize, uint32(k.CellOverhead))
}

// encodeSlot appends a struct tc_netem_slot.
func (k *Netem) encodeSlot(e *Encoder) {
	s := k.Slot
	switch {
	case s != nil:
	case k.All:
		s = &NetemSlot{}
	default:
		return
	}
	longest := s.MaxDelay
	if longest == 0 {
		longest = s.MinDelay
	}
	var b [40]byte
	binary.NativeEndian.PutUint64(b[0:], uint64(s.MinDelay))
	binary.NativeEndian.PutUint64(b[8:], uint64(longest))
	binary.NativeEndian.PutUint32(b[16:], uint32(s.MaxPackets))
	binary.NativeEndian.PutUint32(b[20:], uint32(s.MaxBytes))
	binary.NativeEndian.PutUint64(b[24:], uint64(s.Delay))
	binary.NativeEndian.PutUint64(b[32:], uint64(s.Jitter))
	e.Bytes(netemSlot, b[:])
}

func encodeDistribution(e *Encoder, typ uint16, table []int16) {
	if len(table) == 0 || e.err != nil {
		return
	}
	e.attr(typ, 2*len(table))
	for _, v := range table {
		e.buf = binary.NativeEndian.AppendUint16(e.buf, uint16(v))
	}
	e.pad()
}

func (e *Encoder) uint32s(values ...uint32) {
	for _, v := range values {
		e.buf = binary.NativeEndian.AppendUint32(e.buf, v)
	}
}

func (e *Encoder) probabilities(typ uint16, values ...Probability) {
	e.attr(typ, 4*len(values))
	for _, v := range values {
		e.buf = binary.NativeEndian.AppendUint32(e.buf, uint32(v))
	}
}
