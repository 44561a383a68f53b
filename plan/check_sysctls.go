package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/internal/suggest"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// checkSysctls notes settings that a new namespace does not have, or does not
// let be written.
func (p *planner) checkSysctls(fresh *live.NewNode) {
	if len(fresh.Unusable) == 0 {
		return
	}
	type place struct {
		key string
		at  topology.Pos
	}
	told := make(map[place]bool) // nodes of a count have one
	for i := range p.t.Nodes {
		n := &p.t.Nodes[i]
		for _, s := range n.Sysctls {
			state, bad := fresh.Unusable[live.FreshKey(s.Key)]
			at := n.SysctlPos(s.Key)
			if !bad || told[place{s.Key, at}] || p.wrong.Full() {
				continue
			}
			told[place{s.Key, at}] = true
			m, hint, what := p.wrong, "", ""
			switch state {
			case sysctl.Directory:
				what = "is a directory of settings, not one"
			case sysctl.ReadOnly:
				what = "is read-only in a network namespace"
			case sysctl.Missing:
				hint, what = sysctlHint(s.Key), "is not there in a network namespace of this kernel"
			default:
				hint, what = "see if its module is loaded", "is not there on this kernel, nor is its directory"
				if fresh.Unseen {
					m = p.doubtful
				}
			}
			m.Add(at, hint, "sysctl %s of node %q %s", s.Key, n.Name, what)
		}
	}
}

// sysctlHint says what may be meant by a setting that is not there. The
// machine's own namespace has some that no other has.
func sysctlHint(key string) string {
	path := filepath.Join("/proc/sys", filepath.FromSlash(sysctl.Swap(live.FreshKey(key))))
	if _, err := os.Stat(path); err == nil {
		return "it is the whole machine's"
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return ""
	}
	dir := key[:strings.LastIndexByte(key, '.')+1]
	near := suggest.Nearest(filepath.Base(path), func(yield func(string) bool) {
		for _, e := range entries {
			if !yield(e.Name()) {
				return
			}
		}
	})
	if near == "" {
		return fmt.Sprintf("sysctl -a -r '^%s' lists the settings that exist", strings.ReplaceAll(dir, ".", `\.`))
	}
	return fmt.Sprintf("did you mean %q?", dir+near)
}
