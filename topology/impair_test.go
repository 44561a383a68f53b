package topology

import (
	"strings"
	"testing"
)

const impairHead = "name: t\nnodes:\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:e\", \"b:e\"], "

func TestImpairMistakes(t *testing.T) {
	for _, tt := range []struct{ keys, want string }{
		{"impair: 30ms", `lab.yaml:6:41: impair is a mapping, not a single value`},
		{"impair: {latency: 30ms}", `lab.yaml:6:42: unknown key "latency"; the keys of an impairment are delay, jitter`},
		{"impair: {delay: 30}", `lab.yaml:6:49: delay is "30", not a time; write 30s for seconds`},
		{"impair: {loss: 101%}", `lab.yaml:6:48: loss is "101%"; write a number from 0% to 100%, and behind it a correlation if there is one`},
		{"impair: {loss: gemodel}", `loss is "gemodel"; write 1 to 4 numbers from 0% to 100% behind gemodel: p, r, 1-h, 1-k`},
		{"impair: {loss: state 1% x}", `loss is "state 1% x"; write 1 to 5 numbers from 0% to 100% behind state: p13, p31, p32, p23, p14`},
		{"impair: {loss: NaN}", `loss is "NaN"; write a number`},
		{"impair: {correlation: 1% 2%}", `correlation is "1% 2%"; write a number from 0% to 100%`},
		{"impair: {rate: fast}", `rate is "fast"; write a rate such as 50mbit`},
		{"impair: {rate: 1mbit 1 -1}", `rate is "1mbit 1 -1"; write a rate`},
		{"impair: {slot: 1ms 2ms packets}", `slot is "1ms 2ms packets"; write MIN [MAX] [packets N] [bytes N]`},
		{"impair: {slot: 2ms 1ms}", `netem: slots from 2ms to 1ms`},
		{"impair: {reorder: 5%}", `reordering needs a delay`},
		{"impair: {delay: 1ms, distribution: normal}", `a distribution needs a delay and a jitter`},
		{"impair: {distribution: gauss}", `distribution is "gauss"; write uniform, normal, pareto or paretonormal`},
		{"impair: {ecn: on}", `ECN needs a loss`},
		{"impair: {queue: 0}", `queue is "0"; use a number from 1 to 4294967295`},
		{"impair: {to: {b: {delay: 1ms}}}", `lab.yaml:6:42: key "to": an impairment for each peer on a segment is not supported yet`},
		{"impair: [{delay: 1ms}]", `impair has 1 entries, not 2; an entry for each end, "" for none`},
		{`impair: ["", 5ms]`, `an entry of impair is a mapping, not a single value`},
	} {
		_, err := Parse("lab.yaml", []byte(impairHead+tt.keys+"}\n"), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.keys, err, tt.want)
		}
	}
}

// What is read is told again in the words of tc.
func TestImpairWords(t *testing.T) {
	for keys, want := range map[string]string{
		"{delay: 30ms, jitter: 5ms, loss: 0.1%, rate: 50mbit}":    "netem delay 30ms 5ms loss 0.1% rate 50mbit",
		"{delay: 1.5ms, correlation: 25%}":                        "netem delay 1500us 0ms 25%",
		"{delay: 1s, jitter: 33ns, distribution: paretonormal}":   "netem delay 1s 33ns distribution paretonormal",
		"{loss: gemodel 1%}":                                      "netem loss gemodel 1% 99% 100% 0%",
		"{loss: gemodel 1% 10% 70% 0.1%, ecn: on}":                "netem loss gemodel 1% 10% 70% 0.1% ecn",
		"{loss: state 1%}":                                        "netem loss state 1% 99% 0% 100% 0%",
		"{loss: random 3 50, duplicate: 1% 2%, corrupt: 0.0001%}": "netem loss 3% 50% duplicate 1% 2% corrupt 0.0001%",
		"{delay: 10ms, reorder: 25% 50%, gap: 5, queue: 7}":       "netem limit 7 delay 10ms reorder 25% 50% gap 5",
		"{rate: 1.5Gbit 20 100 5, seed: 9}":                       "netem rate 1500mbit 20 100 5 seed 9",
		"{rate: 100kbps, slot: 800us 1ms packets 32 bytes 64}":    "netem rate 800kbit slot 800us 1ms packets 32 bytes 64",
		"{}": "",
	} {
		top, err := Parse("lab.yaml", []byte(impairHead+"impair: [\"\", "+keys+"]}\n"), nil)
		if err != nil {
			t.Errorf("%s: %v", keys, err)
			continue
		}
		ends := &top.Links[0].Ends
		got := ""
		if k := ends[1].Impair; k != nil {
			got = ImpairmentWords(k)
		}
		if got != want || ends[0].Impair != nil || top.HasImpairments() != (want != "") {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
	}
	// A mapping is for both ends, and a long endpoint has its own.
	for keys, want := range map[string]bool{"impair: {delay: 1ms}": true, `impair: [{delay: 1ms}, ""]`: false} {
		top := mustParse(t, impairHead+keys+"}\n")
		if e := top.Links[0].Ends; e[0].Impair == nil || (e[1].Impair != nil) != want {
			t.Errorf("%s: %v, %v", keys, e[0].Impair, e[1].Impair)
		}
	}
	top := mustParse(t, "name: t\nnodes: {a: {}, b: {}}\nlinks:\n  - endpoints: [\"a:e\", {node: b, interface: e, impair: {delay: 1ms}}]\n")
	if e := top.Links[0].Ends; e[0].Impair != nil || e[1].Impair == nil {
		t.Errorf("%v, %v", e[0].Impair, e[1].Impair)
	}
}
