package live

import (
	"slices"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// Many settings do not read back as they were written: the kernel stores times
// in ticks (77 ms become 80 with 250 ticks a second), reads 0x10 as 16, and
// separates lists with tabs. So that this does not count as a difference each
// time, a node's value that differs from the file's is compared with what a
// temporary namespace shows after the file's value was written there.

// ReadSettings finds out how each setting that a file asks for reads back, if
// the node has another value. It leaves out those that the kernel refuses; see
// NewNode.Refused.
func (w *World) ReadSettings(t *topology.Topology) error {
	var differ []sysctl.Setting
	of := make(map[sysctl.Setting]*topology.Node)
	seen := make(map[sysctl.Setting]bool)
	for i := range t.Nodes {
		live := w.Nodes[t.Nodes[i].Name]
		if live == nil {
			continue
		}
		for _, s := range t.Nodes[i].Sysctls {
			if have := live.Sysctls[s.Key]; have != "" && have != s.Value && !seen[s] {
				seen[s] = true
				differ, of[s] = append(differ, s), &t.Nodes[i]
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
		v, err := sysctl.Try(h, onLoopback(s.Key), s.Value)
		if aboutValue(err) {
			v, err = readAmong(of[s].Sysctls, s)
		}
		if err == nil {
			w.Readings[s] = v
		}
	}
	return nil
}

// readAmong returns how a setting reads that the kernel refuses without others
// of its node.
func readAmong(others []sysctl.Setting, s sysctl.Setting) (string, error) {
	h, err := nsfs.New()
	if err != nil {
		return "", err
	}
	defer h.Close()
	others = slices.Clone(others)
	for i := range others {
		others[i].Key = onLoopback(others[i].Key)
	}
	if _, err := sysctl.TryEach(h, others); err != nil {
		return "", err
	}
	return sysctl.Try(h, onLoopback(s.Key), s.Value)
}

// onLoopback returns the key for lo of a setting of an interface.
func onLoopback(key string) string {
	if !OfInterface(key) {
		return key
	}
	return OfAll(key, "lo")
}
