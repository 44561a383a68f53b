package plan

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// newNode is what a new namespace has.
type newNode struct {
	// sysctls are the settings that topologies speak of: the kernel copies some
	// from the machine's own. For those of interfaces see freshKey.
	sysctls map[string]string
	// devices are the links beside lo. Drivers of tunnels put one into each
	// namespace, tunl0 for one (net.core.fb_tunnels_only_for_init_net).
	devices []*rtnl.Link
	// unusable are those settings that cannot be written.
	unusable map[string]sysctl.State
	// refused are those values of settings that the kernel does not take.
	refused map[sysctl.Setting]refusal
	// unseen says that it was not asked what a new namespace has.
	unseen bool
	// noIPv6 says that the kernel was started with ipv6.disable=1, or has no IPv6.
	noIPv6 bool
	// model is what is made in it, nil unless all is to be compared.
	model *model
}

// UnseenNewNode is what is known of a new namespace without a look at one: that it does not
// forward.
func UnseenNewNode() *newNode {
	return &newNode{sysctls: map[string]string{ForwardingKeys[0]: "0", ForwardingKeys[1]: "0"}}
}

// NewNodeFor is newNodeUnseen with what can be told of the settings of a topology.
func NewNodeFor(t *topology.Topology) (*newNode, error) {
	n := UnseenNewNode()
	if err := n.readSettings(t); err != nil {
		return nil, err
	}
	n.unseen = true
	return n, nil
}

// UnreadNewNode is what is known of a new namespace where none is made and no setting matters.
func UnreadNewNode() *newNode { return &newNode{noIPv6: !hasIPv6()} }

// hasIPv6 reports whether the kernel has IPv6.
func hasIPv6() bool {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd) //nolint:errcheck // it is open
	}
	return !errors.Is(err, unix.EAFNOSUPPORT)
}

// ReadNewNode reads it from a namespace made for it, in which it tries the settings of a
// topology. The settings that it has are those of nodes, and model asks for a model too, with
// interfaces of the kinds own.
func ReadNewNode(ctx context.Context, settings map[string][]string, t *topology.Topology, model bool, own []rtnl.Kind) (n *newNode, err error) {
	keys := slices.Clone(ForwardingKeys)
	for _, some := range settings {
		for _, k := range some {
			k = freshKey(k)
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
	n = &newNode{sysctls: make(map[string]string, len(keys)), noIPv6: !hasIPv6()}
	if n.unusable, err = unusableSysctls(h, keys); err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return n.unusable[k] == sysctl.Directory })
	values, err := sysctl.Read(h, keys)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		n.sysctls[k] = values[i]
	}
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: "a new namespace"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	links, err := c.Links(ctx, rtnl.LinkDump{})
	for i := range links {
		if links[i].Name != "lo" {
			n.devices = append(n.devices, &links[i])
		}
	}
	if err == nil && model {
		err = n.readModel(ctx, h, c, own)
	}
	if err == nil {
		n.refused, err = refusedValues(h, t, n.unusable)
	}
	return n, err
}
