package live

import (
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

// unusableSysctls finds the settings among some that a namespace does not have,
// or that nobody can write there. If /proc has no settings at all, it finds
// none.
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

// readSettings finds out which settings of a file cannot be written and which
// values the kernel refuses, in a new namespace or, where none can be created,
// as far as the caller's own namespace tells.
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

// WithoutDirectories removes from the settings of nodes those that are
// directories.
func (n *NewNode) WithoutDirectories(keys map[string][]string) {
	for node, some := range keys {
		keys[node] = slices.DeleteFunc(some, func(k string) bool { return n.Unusable[FreshKey(k)] == sysctl.Directory })
	}
}

// OfInterface reports whether a setting belongs to one interface, which must
// exist before it can be written.
func OfInterface(key string) bool {
	if strings.Count(key, ".") < 4 {
		return false
	}
	k := strings.Split(key, ".")
	return (k[2] == "conf" || k[2] == "neigh") && k[3] != "all" && k[3] != "default"
}

// FreshKey returns the key of the setting that tells, in a new namespace, the
// initial value of a setting of an interface: the default's. For neighbours and
// MPLS it is the loopback's: the default of neighbours belongs to the initial
// namespace, and MPLS has none.
func FreshKey(key string) string {
	switch {
	case !OfInterface(key) || strings.Contains(key, ".lo."):
		return key
	case strings.Contains(key, ".neigh."), strings.HasPrefix(key, "net.mpls."):
		return OfAll(key, "lo")
	}
	return OfAll(key, "default")
}

// SettingInterface returns the interface that a setting belongs to, or "" for
// none and for lo, which every node has.
func SettingInterface(key string) string {
	if name := sysctl.Interface(key); name != "lo" {
		return name
	}
	return ""
}

// DisableIPv6 is the last part of the keys of the settings that turn IPv6 off.
const DisableIPv6 = ".disable_ipv6"

// OfAll turns the key of a setting of an interface into that of another
// interface, of all or of the default.
func OfAll(key, all string) string {
	parts := strings.Split(key, ".")
	parts[3] = all
	return strings.Join(parts, ".")
}
