package plan

import (
	"path/filepath"

	"github.com/nslab/nslab/internal/nodename"
)

// nameResource: symlinks in /run/netns and /etc/netns. A new one is made along
// with its namespace.
var nameResource = resource{
	objects: []object{{name: "name", global: true}},
	stages:  []stage{{name: "name.remove", last: true, plan: (*planner).namesGo}},
}

// namesGo removes names that the lab does not want any more.
func (p *planner) namesGo() {
	if len(p.stale) == 0 {
		return
	}
	want := make(map[nodename.Name]bool)
	for i := range p.t.Nodes {
		for _, l := range p.places.Wanted(p.t, i) {
			want[l] = true
		}
	}
	for _, l := range p.stale {
		if want[l] {
			continue
		}
		s := Step{Verb: Delete, Object: "name", Node: filepath.Base(l.Target), Name: l.At}
		removed := &nodename.Removal{Name: l, Keep: true}
		s.op("", removed)
		s.undoOp("", &nodename.Again{Removed: removed})
		p.add(s)
	}
}
