package plan

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/sysctl"
)

// checkValues notes values of settings that the kernel refuses.
func (p *planner) checkValues(refused map[sysctl.Setting]refusal) {
	if len(refused) == 0 {
		return
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for _, s := range n.Sysctls {
			r, bad := refused[sysctl.Setting{Key: freshKey(s.Key), Value: s.Value}]
			if !bad || p.wrong.Full() {
				continue
			}
			hint := ""
			switch {
			case isNumbers(r.reads) && !isNumbers(s.Value):
				hint = "write a number"
				if len(strings.Fields(r.reads)) > 1 {
					hint = "write numbers"
				}
			case r.reads != "":
				hint = fmt.Sprintf("it is %q in a new namespace", plain.Clip(r.reads))
			}
			p.wrong.Add(n.SysctlPos(s.Key), hint, "sysctl %s of node %q: the kernel refuses the value %q", s.Key, n.Name, plain.Clip(s.Value))
		}
	}
}
