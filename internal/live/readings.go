package live

import (
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// Many settings read back differently from what was written: the kernel keeps
// times in ticks (77 ms become 80 with 250 ticks a second), takes 0x10 for 16,
// and separates lists with tabs. So that this does not count as a difference
// for ever, a node's value that differs from the file's is compared with what
// the kernel makes of the file's value in a temporary namespace.

// ReadSettings finds out, for each setting that a file asks for and that a node
// has otherwise, how it reads once it is written. One that the kernel does not
// take is left out: see NewNode.Refused.
func (w *World) ReadSettings(t *topology.Topology) error {
	var differ []sysctl.Setting
	seen := make(map[sysctl.Setting]bool)
	for i := range t.Nodes {
		live := w.Nodes[t.Nodes[i].Name]
		if live == nil {
			continue
		}
		for _, s := range t.Nodes[i].Sysctls {
			if have := live.Sysctls[s.Key]; have != "" && have != s.Value && !seen[s] {
				seen[s] = true
				differ = append(differ, s)
			}
		}
	}
	if len(differ) == 0 {
		return nil
	}
	h, err := nsfs.New()
	if err != nil {
		return err
	}
	defer h.Close()
	w.Readings = make(map[sysctl.Setting]string)
	for _, s := range differ {
		if v, err := sysctl.Try(h, onLoopback(s.Key), s.Value); err == nil {
			w.Readings[s] = v
		}
	}
	return nil
}

// onLoopback names the setting of lo that is what another interface's is.
func onLoopback(key string) string {
	if !OfInterface(key) {
		return key
	}
	return OfAll(key, "lo")
}
