package live

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A NewNode is what a new namespace has.
type NewNode struct {
	// Sysctls are the settings that topologies name; the kernel copies some of
	// them from the initial namespace. For settings of interfaces see FreshKey.
	Sysctls map[string]string
	// Devices are the links besides lo. Drivers of tunnels put one into each
	// namespace, for example tunl0 (net.core.fb_tunnels_only_for_init_net).
	Devices []*rtnl.Link
	// Unusable are the settings that cannot be written.
	Unusable map[string]sysctl.State
	// Refused are the values of settings that the kernel does not accept.
	Refused map[sysctl.Setting]Refusal
	// Unseen says that no new namespace was looked at.
	Unseen bool
	// NoIPv6 says that the kernel has no IPv6, or was started with
	// ipv6.disable=1.
	NoIPv6 bool
	// IPv6ByDefault says that DefaultIPv6 are all 0, as the kernel has them by
	// itself, and can be written.
	IPv6ByDefault bool
	// Model contains what is created in it, or is nil unless everything is to
	// be compared.
	Model *Model
	// Impairments says what the kernel lacks for the file's impairments, or is
	// nil if it has none.
	Impairments *Impairments
	// NoVLANFiltering is why bridges cannot filter VLANs, nil if they can or no
	// bridge of the file does.
	NoVLANFiltering error
	// Port has the options of a new port of a bridge that the kernel knows, or
	// is nil if no file gives any.
	Port *bridge.PortOptions
}

// UnseenNewNode is what is known of a new namespace without looking at one: it
// does not forward.
func UnseenNewNode() *NewNode {
	return &NewNode{Sysctls: map[string]string{ForwardingKeys[0]: "0", ForwardingKeys[1]: "0"}, IPv6ByDefault: true}
}

// NewNodeFor is UnseenNewNode with what can be found out about the settings of
// a topology.
func NewNodeFor(t *topology.Topology) (*NewNode, error) {
	n := UnseenNewNode()
	if err := n.readSettings(t); err != nil {
		return nil, err
	}
	n.Unseen = true
	return n, nil
}

// UnreadNewNode is what is known of a new namespace if no namespace is created
// and no setting matters.
func UnreadNewNode() *NewNode { return &NewNode{NoIPv6: !hasIPv6()} }

// hasIPv6 reports whether the kernel has IPv6.
func hasIPv6() bool {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd) //nolint:errcheck // it is open
	}
	return !errors.Is(err, unix.EAFNOSUPPORT)
}

// ReadNewNode creates a namespace, reads what it has, and tries the settings of
// a topology in it. Its settings are those of nodes. If model is set, it also
// creates a Model, with interfaces of the kinds in own.
func ReadNewNode(ctx context.Context, settings map[string][]string, t *topology.Topology, model bool, own []OwnKind) (n *NewNode, err error) {
	keys := slices.Clone(ForwardingKeys)
	for _, some := range settings {
		for _, k := range some {
			k = FreshKey(k)
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	h, err := nsfs.New()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	n = &NewNode{Sysctls: make(map[string]string, len(keys)), NoIPv6: !hasIPv6()}
	if n.Unusable, err = unusableSysctls(h, keys); err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return n.Unusable[k] == sysctl.Directory })
	values, err := sysctl.Read(h, append(keys, DefaultIPv6...))
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		n.Sysctls[k] = values[i]
	}
	byDefault := !slices.ContainsFunc(values[len(keys):], func(v string) bool { return v != "0" })
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: "a new namespace"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	links, err := c.Links(ctx, rtnl.LinkDump{})
	for i := range links {
		if links[i].Name != "lo" {
			n.Devices = append(n.Devices, &links[i])
		}
	}
	if err == nil && model {
		err = n.readModel(ctx, h, c, own)
	}
	if err == nil && t.HasImpairments() {
		n.Impairments, err = readImpairments(ctx, c)
	}
	if err == nil && t.FiltersVLANs() {
		err = n.readVLANFiltering(ctx, c)
	}
	if err == nil && t.HasPortOptions() {
		err = n.readPort(ctx, c)
	}
	if err == nil {
		n.Refused, err = refusedValues(h, t, n.Unusable)
	}
	if err == nil && byDefault {
		n.IPv6ByDefault, err = canWrite(h, DefaultIPv6)
	}
	return n, err
}

// DefaultIPv6 are the settings with which new interfaces of a namespace begin
// that say whether they have IPv6, and how they make link-local addresses.
var DefaultIPv6 = []string{"net.ipv6.conf.default" + DisableIPv6, "net.ipv6.conf.default.addr_gen_mode"}

// canWrite reports whether settings can be written, at the end of a trial: in a
// container /proc/sys may be read-only.
func canWrite(h *nsfs.Handle, keys []string) (bool, error) {
	var all []sysctl.Setting
	for _, key := range keys {
		all = append(all, sysctl.Setting{Key: key, Value: "1"})
	}
	errs, err := sysctl.TryEach(h, all)
	return err == nil && errors.Join(errs...) == nil, err
}
