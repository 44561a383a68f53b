package plan

import (
	"fmt"
	"strings"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/sysctl"
)

// checkValues notes values of settings that the kernel refuses.
func (p *planner) checkValues(refused map[sysctl.Setting]live.Refusal) {
	if len(refused) == 0 {
		return
	}
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for _, s := range n.Sysctls {
			r, bad := refused[sysctl.Setting{Key: live.FreshKey(s.Key), Value: s.Value}]
			if !bad || p.wrong.Full() {
				continue
			}
			hint := ""
			switch {
			case live.IsNumbers(r.Reads) && !live.IsNumbers(s.Value):
				hint = "write a number"
				if len(strings.Fields(r.Reads)) > 1 {
					hint = "write numbers"
				}
			case r.Reads != "":
				hint = fmt.Sprintf("it is %q in a new namespace", plain.Clip(r.Reads))
			}
			p.wrong.Add(n.SysctlPos(s.Key), hint, "sysctl %s of node %q: the kernel refuses the value %q", s.Key, n.Name, plain.Clip(s.Value))
		}
	}
}
