package topology

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
)

const secImpair = "impair"

// impairKeys are the options of an impairment, named as in netem(8).
func impairKeys() []key {
	const longest = int64(1<<63 - 1)
	return []key{
		{name: "delay", typ: typeDuration, max: longest, doc: "How long each packet is delayed. Default: 0s."},
		{name: "jitter", typ: typeDuration, max: longest, doc: "How far the delay varies to both sides. Packets may then overtake each other. Default: 0s."},
		{name: "correlation", typ: typeString, doc: "How much a delay depends on the one before it, in percent. Default: 0%."},
		{name: "distribution", typ: typeEnum, words: []string{"uniform", "normal", "pareto", "paretonormal"},
			doc: "How delays are distributed; the jitter is then the standard deviation. Default: uniform."},
		{name: "loss", typ: typeString,
			doc: "How many packets are lost, in percent, and how much the loss of one depends on that of the one before it: \"1%\", \"1% 25%\"; or in bursts, \"gemodel P R 1-H 1-K\" or \"state P13 P31 P32 P23 P14\". Default: 0%."},
		{name: "duplicate", typ: typeString, doc: "How many packets are sent twice, in percent, and the correlation. Default: 0%."},
		{name: "corrupt", typ: typeString, doc: "How many packets get a wrong bit, in percent, and the correlation. Default: 0%."},
		{name: "reorder", typ: typeString, doc: "How many packets are sent at once, before those that are delayed, in percent, and the correlation; needs delay. Default: 0%."},
		{name: "gap", typ: typeInteger, min: 1, max: 1<<32 - 1, doc: "reorder applies to every such packet only. Default: 1."},
		{name: "rate", typ: typeString,
			doc: "How much is sent per second, such as 50mbit, or kbps for bytes; then, as in netem, the overhead of a packet, the size of a cell and its overhead, in bytes. Default: no bound."},
		{name: "queue", typ: typeInteger, min: 1, max: 1<<32 - 1, doc: "How many packets the queue holds, those that are delayed among them. Default: 1000."},
		{name: "slot", typ: typeString,
			doc: "How packets wait for slots: \"MIN [MAX] [packets N] [bytes N]\". Default: not at all."},
		{name: "ecn", typ: typeBool, doc: "Whether packets that allow it are marked instead of lost. Default: false."},
		{name: "seed", typ: typeInteger, max: longest, doc: "A number that makes losses and delays repeatable; since Linux 6.6. Default: the kernel chooses one."},
		{name: "to", typ: typeLater, doc: "an impairment for each peer on a segment is not supported yet"},
	}
}

// readImpair reads what a link's impair says of both ends.
func (p *fileParser) readImpair(v *yamlNode) (ends [2]*rtnl.Netem) {
	if v.kind == yamlSequence {
		for i, item := range v.items {
			if item.kind == yamlMapping {
				ends[i] = p.readImpairment(item)
			}
		}
		return ends
	}
	both := p.readImpairment(v)
	return [2]*rtnl.Netem{both, both}
}

// readImpairment reads the impairment of one end. It returns nil for none.
func (p *fileParser) readImpairment(v *yamlNode) *rtnl.Netem {
	f := p.fields(v, secImpair)
	if len(f) == 0 {
		return nil
	}
	k := &rtnl.Netem{Limit: uint32(f.integer("queue", 0)), Gap: uint32(f.integer("gap", 0))}
	for _, key := range sections()[secImpair] {
		v := f[key.name]
		if v == nil {
			continue
		}
		switch key.name {
		case "delay":
			k.Latency = time.Duration(number(&key, v))
		case "jitter":
			k.Jitter = time.Duration(number(&key, v))
		case "distribution":
			k.Distribution = iproute.NetemDistribution(v.text)
		case "ecn":
			k.ECN = number(&key, v) != 0
		case "seed":
			k.Seed = rtnl.Some(uint64(number(&key, v)))
		case "correlation", "loss", "duplicate", "corrupt", "reorder", "rate", "slot":
			if why := ReadImpairmentWords(k, key.name, v.text); why != "" {
				p.Add(v.at, "", "%s is %q; %s", key.name, plain.Clip(v.text), why)
				return nil
			}
		}
	}
	if why := rtnl.CheckNetem(k); why != nil {
		p.Add(v.at, "", "%v", why)
		return nil
	}
	return k
}

// ReadImpairmentWords sets an option of an impairment that has words: those of
// netem(8) behind the option's name. It returns what would be right, or "".
func ReadImpairmentWords(k *rtnl.Netem, name, text string) (why string) {
	words := strings.Fields(text)
	switch name {
	case "correlation":
		return percents(words, 1, &k.DelayCorr)
	case "duplicate":
		return percents(words, 1, &k.Duplicate, &k.DuplicateCorr)
	case "corrupt":
		return percents(words, 1, &k.Corrupt, &k.CorruptCorr)
	case "reorder":
		return percents(words, 1, &k.Reorder, &k.ReorderCorr)
	case "loss":
		return lossWords(k, words)
	case "rate":
		return rateWords(k, words)
	case "slot":
		return readSlot(k, words)
	}
	return fmt.Sprintf("there is no option %q", name)
}

// percents reads probabilities, of which as many as min have to be there.
func percents(words []string, min int, to ...*rtnl.Probability) string {
	ok := len(words) >= min && len(words) <= len(to)
	for i, w := range words {
		if !ok {
			break
		}
		*to[i], ok = iproute.ParsePercent(w)
	}
	switch {
	case ok:
		return ""
	case len(to) == 1:
		return "write a number from 0% to 100%"
	case min == 1 && len(to) == 2:
		return "write a number from 0% to 100%, and behind it a correlation if there is one"
	}
	return fmt.Sprintf("write %d to %d numbers from 0%% to 100%%", min, len(to))
}

// lossWords reads the options of netem's loss. What is left out has the values
// that tc(8) gives it.
func lossWords(k *rtnl.Netem, words []string) string {
	if len(words) == 0 {
		return "write how many percent are lost"
	}
	switch words[0] {
	case "random":
		return percents(words[1:], 1, &k.Loss, &k.LossCorr)
	case "gemodel":
		g := &rtnl.NetemGE{}
		var bad rtnl.Probability // 1-h
		words = words[1:]
		if why := percents(words, 1, &g.P, &g.R, &bad, &g.K1); why != "" {
			return why + " behind gemodel: p, r, 1-h, 1-k"
		}
		if len(words) < 2 {
			g.R = ^g.P
		}
		if g.H = ^bad; len(words) < 3 {
			g.H = 0
		}
		k.GEModel = g
		return ""
	case "state":
		g := &rtnl.NetemGI{}
		words = words[1:]
		if why := percents(words, 1, &g.P13, &g.P31, &g.P32, &g.P23, &g.P14); why != "" {
			return why + " behind state: p13, p31, p32, p23, p14"
		}
		if len(words) < 2 {
			g.P31 = ^g.P13
		}
		if len(words) < 4 {
			g.P23 = 1<<32 - 1
		}
		k.GIModel = g
		return ""
	}
	return percents(words, 1, &k.Loss, &k.LossCorr)
}

func rateWords(k *rtnl.Netem, words []string) string {
	const right = "write a rate such as 50mbit, and behind it the overhead of a packet, the size of a cell and its overhead, in bytes"
	if len(words) == 0 || len(words) > 4 {
		return right
	}
	var ok bool
	if k.Rate, ok = iproute.ParseRate(words[0]); !ok {
		return right
	}
	var n [3]int32
	for i, w := range words[1:] {
		v, err := strconv.ParseInt(w, 10, 32)
		if err != nil || i == 1 && v < 0 {
			return right
		}
		n[i] = int32(v)
	}
	k.PacketOverhead, k.CellSize, k.CellOverhead = n[0], uint32(n[1]), n[2]
	return ""
}

func readSlot(k *rtnl.Netem, words []string) string {
	const right = "write MIN [MAX] [packets N] [bytes N], with times such as 800us"
	s := &rtnl.NetemSlot{}
	for i, to := range []*time.Duration{&s.MinDelay, &s.MaxDelay} {
		if len(words) == 0 {
			break
		}
		d, err := time.ParseDuration(words[0])
		if err != nil && i == 1 {
			break
		}
		if err != nil || d <= 0 {
			return right
		}
		*to, words = d, words[1:]
	}
	if s.MaxDelay == 0 {
		s.MaxDelay = s.MinDelay
	}
	for len(words) > 1 {
		n, err := strconv.ParseInt(words[1], 10, 32)
		to := map[string]*int32{"packets": &s.MaxPackets, "bytes": &s.MaxBytes}[words[0]]
		if err != nil || n < 1 || to == nil {
			return right
		}
		*to, words = int32(n), words[2:]
	}
	if len(words) > 0 || s.MinDelay == 0 {
		return right
	}
	k.Slot = s
	return ""
}

// ImpairmentWords returns an impairment in the words of tc(8): "netem delay
// 30ms". It is "" for none.
func ImpairmentWords(k rtnl.QdiscKind) string { return strings.Join(iproute.QdiscWords(k), " ") }

// QdiscText returns a netem or tbf in the words of tc(8), without the seed and
// the distribution of a netem, and of another qdisc the name of its kind.
func QdiscText(q *rtnl.Qdisc) string {
	switch q.Kind {
	case "netem":
		if k, err := rtnl.DecodeNetem(q.Options); err == nil {
			k.Seed = rtnl.Opt[uint64]{} // the kernel chooses one where nobody does
			return ImpairmentWords(k)
		}
	case "tbf":
		if k, err := rtnl.DecodeTBF(q.Options); err == nil {
			if words := ImpairmentWords(k); words != "" {
				return words
			}
		}
	}
	return q.Kind
}

// HasImpairments reports whether the file impairs an end of a link.
func (t *Topology) HasImpairments() bool {
	for i := range t.Links {
		if t.Links[i].Ends[0].Impair != nil || t.Links[i].Ends[1].Impair != nil {
			return true
		}
	}
	return false
}
