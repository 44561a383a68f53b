package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/spf13/cobra"
)

// doctorInsideVerb is the command that doctor runs in new namespaces.
const doctorInsideVerb = "doctor-inside"

func doctorInside() *cobra.Command {
	return &cobra.Command{
		Use:       doctorInsideVerb + " nothing|links",
		Short:     "The checks that \"nslab doctor\" runs in a temporary namespace",
		Hidden:    true,
		Args:      arguments(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"nothing", "links"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := sandbox.Setup(); err != nil {
				return err
			}
			if args[0] == "nothing" {
				return nil
			}
			return writeJSON(cmd.OutOrStdout(), tryLinks(cmd.Context()))
		},
	}
}

// A trial creates a link of a kind that labs use.
type trial struct {
	name, module string
	needed       bool
	req          rtnl.Request
}

// trials are in an order: some links are on the bridge.
func trials() []trial {
	onBridge := rtnl.LinkAttrs{Link: rtnl.LinkName("doctor2")}
	return []trial{
		{"veth", "veth", true, &rtnl.LinkAdd{Name: "doctor0", Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "doctor1"}}}},
		{"bridge", "bridge", true, &rtnl.LinkAdd{Name: "doctor2", Kind: &rtnl.Bridge{}}},
		{"bridge VLANs", "8021q", false, &rtnl.LinkAdd{Name: "doctor3", Kind: &rtnl.Bridge{VLANFiltering: rtnl.Some[uint8](1)}}},
		{"dummy", "dummy", false, &rtnl.LinkAdd{Name: "doctor4", Kind: rtnl.PlainKind("dummy")}},
		{"vlan", "8021q", false, &rtnl.LinkAdd{Name: "doctor5", Kind: &rtnl.VLAN{ID: rtnl.Some[uint16](1)}, LinkAttrs: onBridge}},
		{"macvlan", "macvlan", false, &rtnl.LinkAdd{Name: "doctor6", Kind: &rtnl.Macvlan{}, LinkAttrs: onBridge}},
		{"vrf", "vrf", false, &rtnl.LinkAdd{Name: "doctor7", Kind: &rtnl.VRF{Table: rtnl.Some[uint32](1)}}},
		{"bond", "bonding", false, &rtnl.LinkAdd{Name: "doctor8", Kind: &rtnl.Bond{}}},
		{"vxlan", "vxlan", false, &rtnl.LinkAdd{Name: "doctor9", Kind: &rtnl.VXLAN{ID: rtnl.Some[uint32](1)}}},
	}
}

// tryLinks finds out what the kernel can create. Everything ends with the
// namespace.
func tryLinks(ctx context.Context) []finding {
	const name = "namespaces"
	h, err := nsfs.New()
	if err != nil {
		return []finding{fail(name, "", "%v", err)}
	}
	defer h.Close()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: "doctor"})
	if err != nil {
		return []finding{fail(name, "", "no netlink socket in a new one: %v", err)}
	}
	defer c.Close()
	found := []finding{ok(name, "can be created and entered")}
	for _, t := range trials() {
		err := c.Do(ctx, t.req)
		switch {
		case err == nil:
			found = append(found, ok(t.name, "works"))
		case t.needed:
			found = append(found, fail(t.name, "modprobe "+t.module, "%v", err))
		default:
			found = append(found, warn(t.name, "modprobe "+t.module, "not in this kernel: %v", err))
		}
	}
	return append(found, tryIPv6(), tryCookie(h))
}

func tryIPv6() finding {
	if _, err := os.Stat("/proc/sys/net/ipv6"); err != nil {
		return warn("IPv6", "boot without ipv6.disable=1", "not in this kernel: %v", err)
	}
	return ok("IPv6", "works")
}

// tryCookie checks for the cookie, which distinguishes a namespace from a later
// one.
func tryCookie(h *nsfs.Handle) finding {
	const name = "namespace cookies"
	_, err := h.Cookie()
	if errors.Is(err, errors.ErrUnsupported) {
		return warn(name, "", "not in this kernel (they need Linux 5.14); labs work without them")
	}
	if err != nil {
		return warn(name, "", "%s", fmt.Sprint(err))
	}
	return ok(name, "work")
}
