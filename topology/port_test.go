package topology

import (
	"strings"
	"testing"
)

func TestPortMistakes(t *testing.T) {
	for _, tc := range []struct{ link, want string }{
		{`{endpoints: ["a:e", s], port: ["", {isolated: maybe}]}`, `lab.yaml:6:49: isolated is "maybe"; write true or false`},
		{`{endpoints: ["a:e", s], port: ["", {cost: 0}]}`, `lab.yaml:6:45: cost is "0"; use a number from 1 to 65535`},
		{`{endpoints: ["a:e", s], port: ["", {isolate: on}]}`, `lab.yaml:6:39: unknown key "isolate"; did you mean "isolated"?`},
		{`{endpoints: ["a:e", s], port: [{isolated: on}, ""]}`, `lab.yaml:6:34: "e" of node "a" is not a port of a bridge, and has no options of one; list it under ports of a bridge, or write NODE/BRIDGE:PORT`},
		{`{endpoints: ["a:e", s], port: {isolated: on}}`, `lab.yaml:6:33: port is a list, not a mapping`},
		{`{endpoints: ["a:e", s], port: ["", isolated]}`, `lab.yaml:6:38: an entry of port is a mapping, not a single value`},
		{`{endpoints: ["a:e", s], port: ["", {mab: on}]}`, `lab.yaml:6:44: mab needs a port that is locked and learns; write locked: true, and leave learning on`},
		{`{endpoints: ["a:e", s], port: ["", {group_fwd_mask: 2}]}`, `lab.yaml:6:55: group_fwd_mask of a port has bit 1 set, which the kernel refuses`},
		{`{endpoints: ["a:e", {node: s, port: {isolated: on}}], port: ["", {isolated: on}]}`, `lab.yaml:6:39: port is given for an endpoint and for its link; leave out one of the two`},
	} {
		_, err := Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {}\n  s: {kind: bridge}\nlinks:\n- "+tc.link+"\n"), nil)
		if err == nil {
			t.Errorf("%s: no error", tc.link)
			continue
		}
		if got, _, _ := strings.Cut(err.Error(), "\n"); got != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.link, got, tc.want)
		}
	}
}
