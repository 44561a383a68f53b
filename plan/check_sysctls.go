package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/suggest"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// unusableSysctls finds those of some settings that a namespace does not have, or that
// nobody may write there. Where /proc has none at all, nothing is known.
func unusableSysctls(h *nsfs.Handle, keys []string) (map[string]sysctl.State, error) {
	if _, err := os.Stat("/proc/sys/net"); err != nil {
		return nil, nil
	}
	states, err := sysctl.LookUp(h, keys)
	if err != nil {
		return nil, err
	}
	bad := make(map[string]sysctl.State)
	for i, key := range keys {
		if states[i] != sysctl.Writable {
			bad[key] = states[i]
		}
	}
	return bad, nil
}

// readSettings finds out which settings of a file cannot be written, and which values the
// kernel refuses, in a new namespace or, where none may be made, as far as the caller's own
// tells.
func (n *newNode) readSettings(t *topology.Topology) error {
	var keys []string
	seen := make(map[string]bool)
	for i := range t.Nodes {
		for _, s := range t.Nodes[i].Sysctls {
			if key := freshKey(s.Key); !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	h, err := nsfs.New()
	if err != nil {
		if n.unusable, err = unusableSysctls(nil, keys); err == nil {
			n.refused, err = wrongKind(t, n.unusable)
		}
		return err
	}
	defer h.Close()
	if n.unusable, err = unusableSysctls(h, keys); err == nil {
		n.refused, err = refusedValues(h, t, n.unusable)
	}
	return err
}

// WithoutDirectories takes out of the settings of nodes those that are none.
func (n *newNode) WithoutDirectories(keys map[string][]string) {
	for node, some := range keys {
		keys[node] = slices.DeleteFunc(some, func(k string) bool { return n.unusable[freshKey(k)] == sysctl.Directory })
	}
}

// checkSysctls notes settings that a new namespace does not have, or does not let be
// written.
func (p *planner) checkSysctls(fresh *newNode) {
	if len(fresh.unusable) == 0 {
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
			state, bad := fresh.unusable[freshKey(s.Key)]
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
				if fresh.unseen {
					m = p.doubtful
				}
			}
			m.Add(at, hint, "sysctl %s of node %q %s", s.Key, n.Name, what)
		}
	}
}

// sysctlHint says what may be meant by a setting that is not there. The machine's own
// namespace has some that no other has.
func sysctlHint(key string) string {
	path := filepath.Join("/proc/sys", filepath.FromSlash(sysctl.Swap(freshKey(key))))
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
