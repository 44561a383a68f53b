package plan

import (
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// ruleResource: the rules that say which table a packet is looked up in.
var ruleResource = resource{
	objects: []object{{name: "rule"}},
	stages: []stage{{name: "rule.prune", plan: (*planner).rulesGo, needs: []need{
		{"foreign-link.prune", "rules of a VRF go with it"},
	}}},
}

func (p *planner) rulesGo() {
	for n := range p.pruned() {
		p.pruneRules(n)
	}
}

func (p *planner) pruneRules(n *live.Node) {
	for _, r := range n.Rest.Rules {
		// The kernel adds one of its own for the first VRF (vrf_add_fib_rules
		// in drivers/net/vrf.c).
		ofVRF := r.L3MDev != 0 && r.Protocol == unix.RTPROT_KERNEL
		if slices.Contains(p.model.Rules, r) || live.ByProgram(r.Protocol) || ofVRF {
			continue
		}
		del := &engine.Request{Req: &rtnl.RuleDel{Rule: r}}
		s := Step{Verb: Delete, Object: "rule", Node: n.Name, Name: restOfWords(del, "delete")}
		s.op(n.Name, del)
		s.undoOp(n.Name, &engine.Request{Req: &rtnl.RuleAdd{Rule: r}})
		p.add(s)
	}
	for _, r := range p.model.Rules {
		if slices.Contains(n.Rest.Rules, r) {
			continue
		}
		add := &engine.Request{Req: &rtnl.RuleAdd{Rule: r}}
		s := Step{Verb: Create, Object: "rule", Node: n.Name, Name: restOfWords(add, "add")}
		s.op(n.Name, add)
		s.undoOp(n.Name, &engine.Request{Req: &rtnl.RuleDel{Rule: r}})
		p.add(s)
	}
}
