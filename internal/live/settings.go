package live

import (
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// unusableSysctls finds those of some settings that a namespace does not have,
// or that nobody may write there. Where /proc has none at all, nothing is
// known.
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

// readSettings finds out which settings of a file cannot be written, and which
// values the kernel refuses, in a new namespace or, where none may be made, as
// far as the caller's own tells.
func (n *NewNode) readSettings(t *topology.Topology) error {
	var keys []string
	seen := make(map[string]bool)
	for i := range t.Nodes {
		for _, s := range t.Nodes[i].Sysctls {
			if key := FreshKey(s.Key); !seen[key] {
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
		if n.Unusable, err = unusableSysctls(nil, keys); err == nil {
			n.Refused, err = wrongKind(t, n.Unusable)
		}
		return err
	}
	defer h.Close()
	if n.Unusable, err = unusableSysctls(h, keys); err == nil {
		n.Refused, err = refusedValues(h, t, n.Unusable)
	}
	return err
}

// WithoutDirectories takes out of the settings of nodes those that are none.
func (n *NewNode) WithoutDirectories(keys map[string][]string) {
	for node, some := range keys {
		keys[node] = slices.DeleteFunc(some, func(k string) bool { return n.Unusable[FreshKey(k)] == sysctl.Directory })
	}
}

// OfInterface reports whether a setting is that of one interface, which must be
// there first.
func OfInterface(key string) bool {
	if strings.Count(key, ".") < 4 {
		return false
	}
	k := strings.Split(key, ".")
	return (k[2] == "conf" || k[2] == "neigh") && k[3] != "all" && k[3] != "default"
}

// FreshKey is the setting that tells, in a new namespace, what one of an
// interface begins with: its default, and for neighbours, whose default is the
// machine's, that of the loopback.
func FreshKey(key string) string {
	switch {
	case !OfInterface(key) || strings.Contains(key, ".lo."):
		return key
	case strings.Contains(key, ".neigh."):
		return OfAll(key, "lo")
	}
	return OfAll(key, "default")
}

// SettingInterface is the interface that a sysctl is about, "" for none and for
// lo, which every node has.
func SettingInterface(key string) string {
	if name := sysctl.Interface(key); name != "lo" {
		return name
	}
	return ""
}

// DisableIPv6 is the last part of the settings that turn IPv6 off.
const DisableIPv6 = ".disable_ipv6"

// OfAll is a setting of an interface as that of another, or of all or the
// default.
func OfAll(key, all string) string {
	parts := strings.Split(key, ".")
	parts[3] = all
	return strings.Join(parts, ".")
}
