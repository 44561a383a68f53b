package iproute

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// The words of tc(8) for queueing disciplines. nslab has no tc, but says what it
// does in its words.

// formatTC returns the arguments of tc that do what an operation does, or nil.
func formatTC(a engine.Action) []string {
	r, ok := a.(*engine.Request)
	if !ok {
		return nil
	}
	switch q := r.Req.(type) {
	case *rtnl.QdiscAdd:
		words := QdiscWords(q.Kind)
		if words == nil {
			return nil
		}
		args := append([]string{"qdisc", q.Mode.String()}, tcPlace(q.Link, q.Parent, q.Handle)...)
		return append(args, words...)
	case *rtnl.QdiscDel:
		return append([]string{"qdisc", "del"}, tcPlace(q.Link, q.Parent, q.Handle)...)
	}
	return nil
}

func tcPlace(link rtnl.LinkRef, parent, handle rtnl.TCHandle) []string {
	if link.Name == "" {
		link.Name = "if" + strconv.Itoa(int(link.Index))
	}
	args := []string{"dev", link.Name}
	if parent == 0 || parent == rtnl.TCRoot {
		args = append(args, "root")
	} else {
		args = append(args, "parent", parent.String())
	}
	if handle != 0 {
		args = append(args, "handle", handle.String())
	}
	return args
}

// QdiscWords returns a kind of queueing discipline and its options in the words
// of tc(8): ["netem", "delay", "30ms"]. It returns nil for what tc cannot say,
// such as a distribution of one's own.
func QdiscWords(k rtnl.QdiscKind) []string {
	switch k := k.(type) {
	case *rtnl.Netem:
		return netemWords(k)
	case *rtnl.TBF:
		return tbfWords(k)
	}
	return nil
}

func netemWords(k *rtnl.Netem) []string {
	w := []string{"netem"}
	if k.Limit != 0 {
		w = append(w, "limit", strconv.Itoa(int(k.Limit)))
	}
	if k.All || k.Latency != 0 || k.Jitter != 0 {
		w = append(w, "delay", tcTime(k.Latency))
		if k.All || k.Jitter != 0 || k.DelayCorr != 0 {
			w = append(w, tcTime(k.Jitter))
		}
		if k.All || k.DelayCorr != 0 {
			w = append(w, k.DelayCorr.String())
		}
	}
	if len(k.Distribution) > 0 {
		name := distributionName(k.Distribution)
		if name == "" {
			return nil
		}
		w = append(w, "distribution", name)
	}
	withCorr := func(word string, p, corr rtnl.Probability, always bool) {
		if p == 0 && !always {
			return
		}
		if w = append(w, word, p.String()); corr != 0 {
			w = append(w, corr.String())
		}
	}
	switch g, e := k.GIModel, k.GEModel; {
	case g != nil:
		w = append(w, "loss", "state", g.P13.String(), g.P31.String(), g.P32.String(), g.P23.String(), g.P14.String())
	case e != nil:
		w = append(w, "loss", "gemodel", e.P.String(), e.R.String(), (^e.H).String(), e.K1.String())
	default:
		withCorr("loss", k.Loss, k.LossCorr, k.All)
	}
	withCorr("duplicate", k.Duplicate, k.DuplicateCorr, k.All)
	withCorr("corrupt", k.Corrupt, k.CorruptCorr, k.All)
	if withCorr("reorder", k.Reorder, k.ReorderCorr, false); k.Gap > 1 {
		w = append(w, "gap", strconv.Itoa(int(k.Gap)))
	}
	if k.All || k.Rate != 0 {
		w = append(w, "rate", RateText(k.Rate))
		if k.PacketOverhead != 0 || k.CellSize != 0 || k.CellOverhead != 0 {
			w = append(w, strconv.Itoa(int(k.PacketOverhead)), strconv.Itoa(int(k.CellSize)), strconv.Itoa(int(k.CellOverhead)))
		}
	}
	if k.Slot != nil {
		words := slotWords(k.Slot)
		if words == nil {
			return nil
		}
		w = append(w, words...)
	}
	if k.ECN {
		w = append(w, "ecn")
	}
	if seed, ok := k.Seed.Get(); ok {
		w = append(w, "seed", strconv.FormatUint(seed, 10)) // tc of iproute2 6.7
	}
	return w
}

func slotWords(s *rtnl.NetemSlot) []string {
	w := []string{"slot"}
	if len(s.Distribution) > 0 {
		name := distributionName(s.Distribution)
		if name == "" {
			return nil
		}
		w = append(w, "distribution", name, tcTime(s.Delay), tcTime(s.Jitter))
	} else if w = append(w, tcTime(s.MinDelay)); s.MaxDelay != 0 && s.MaxDelay != s.MinDelay {
		w = append(w, tcTime(s.MaxDelay))
	}
	if s.MaxPackets != 0 {
		w = append(w, "packets", strconv.Itoa(int(s.MaxPackets)))
	}
	if s.MaxBytes != 0 {
		w = append(w, "bytes", strconv.Itoa(int(s.MaxBytes)))
	}
	return w
}

// tbfWords leaves out the peak rate and the overheads, which labs do not set.
func tbfWords(k *rtnl.TBF) []string {
	if k.PeakRate != 0 || k.Overhead != 0 || k.MPU != 0 || k.ATM {
		return nil
	}
	return []string{"tbf", "rate", RateText(k.Rate), "burst", strconv.Itoa(int(k.Burst)), "limit", strconv.Itoa(int(k.Limit))}
}

// distributions are the tables that tc and nslab have, by their names.
var distributions = []struct {
	name  string
	table func() []int16
}{{"normal", rtnl.NetemNormal}, {"pareto", rtnl.NetemPareto}, {"paretonormal", rtnl.NetemParetoNormal}}

// NetemDistribution returns the table of a distribution: "normal", "pareto" or
// "paretonormal". It is nil for another name.
func NetemDistribution(name string) []int16 {
	for _, d := range distributions {
		if d.name == name {
			return d.table()
		}
	}
	return nil
}

func distributionName(table []int16) string {
	for _, d := range distributions {
		if slices.Equal(d.table(), table) {
			return d.name
		}
	}
	return ""
}

// tcTime returns a time in the largest unit of which it is a whole number.
func tcTime(d time.Duration) string {
	for _, u := range [...]struct {
		unit time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "us"}} {
		if d%u.unit == 0 && (d != 0 || u.unit == time.Millisecond) {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + "ns"
}

// rateUnits are the units of rates of tc(8), in bits per second, the largest
// first. In their names, case does not matter.
var rateUnits = []struct {
	name string
	bits uint64
}{
	{"tbit", 1e12}, {"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1},
	{"tibit", 1 << 40}, {"gibit", 1 << 30}, {"mibit", 1 << 20}, {"kibit", 1 << 10},
	{"tbps", 8e12}, {"gbps", 8e9}, {"mbps", 8e6}, {"kbps", 8e3}, {"bps", 8},
	{"tibps", 8 << 40}, {"gibps", 8 << 30}, {"mibps", 8 << 20}, {"kibps", 8 << 10},
}

// RateText returns a rate in bytes per second in the largest unit of bits of which
// it is a whole number.
func RateText(bytes uint64) string {
	if bytes > (1<<64-1)/8 {
		return strconv.FormatUint(bytes, 10) + "bps"
	}
	for _, u := range rateUnits[:5] {
		if bits := 8 * bytes; bits != 0 && bits%u.bits == 0 {
			return strconv.FormatUint(bits/u.bits, 10) + u.name
		}
	}
	return "0bit"
}

// ParseRate reads a rate of tc(8), such as "50mbit", "1.5gbit" or "100kbps"
// (bytes), and returns it in bytes per second. A number alone is bits per
// second.
func ParseRate(s string) (bytes uint64, ok bool) {
	number, bits := s, uint64(1)
	if i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); i >= 0 {
		bits = 0
		for _, u := range rateUnits {
			if strings.EqualFold(s[i:], u.name) {
				number, bits = s[:i], u.bits
			}
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || bits == 0 || f <= 0 {
		return 0, false
	}
	f *= float64(bits) / 8
	if f < 1 || f >= 1<<63 {
		return 0, false
	}
	return uint64(f + 0.5), true
}

// ParsePercent reads a probability of tc(8) in percent, from 0 to 100, with or
// without a "%" behind it.
func ParsePercent(s string) (rtnl.Probability, bool) {
	number := strings.TrimSuffix(s, "%")
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !(f >= 0 && f <= 100) || strings.ContainsAny(number, "xXpPnN_") {
		return 0, false
	}
	return rtnl.NewProbability(f / 100), true
}
