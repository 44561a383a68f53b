package iproute

import (
	"math"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// formatBridgeVLAN returns the words of the bridge vlan command that does what a
// request does; nil if there is none.
func formatBridgeVLAN(r rtnl.Request) []string {
	switch m := r.(type) {
	case *bridge.VLANAdd:
		return formatVLANChange("add", m)
	case *bridge.VLANDel:
		return formatVLANChange("del", (*bridge.VLANAdd)(m))
	case *bridge.VLANSet:
		f := vlanCommand(m.Link, m.VLANs, "set")
		if f == nil || m.VLANs.Flags != 0 {
			return nil
		}
		if v, ok := m.State.Get(); ok {
			word := strconv.Itoa(int(v))
			if v <= bridge.Blocking {
				word = v.String()
			}
			f = append(f, "state", word)
		}
		if v, ok := m.MulticastRouter.Get(); ok {
			f = append(f, "mcast_router", strconv.Itoa(int(v)))
		}
		return f
	case *bridge.VLANGlobalSet:
		f := vlanCommand(m.Link, m.VLANs, "global", "set")
		if f == nil || m.VLANs.Flags != 0 || m.Options.MSTI.IsSet() {
			return nil
		}
		for _, o := range vlanGlobals() {
			if v, ok := o.value(&m.Options); ok {
				f = append(f, o.name, v)
			}
		}
		return f
	}
	return nil
}

func formatVLANChange(command string, m *bridge.VLANAdd) []string {
	f := vlanCommand(m.Link, m.VLANs, command)
	last := max(m.VLANs.First, m.VLANs.Last)
	t, tunnel := m.Tunnels.Get()
	switch {
	case f == nil, m.VLANs.Flags&^(bridge.VLANPVID|bridge.VLANUntagged) != 0, m.Side&^(bridge.Self|bridge.Master) != 0,
		m.VLANs.Flags&bridge.VLANPVID != 0 && last > m.VLANs.First,
		tunnel && (m.VLANs.Flags != 0 || t.First >= 1<<24 || max(t.First, t.Last)-t.First != uint32(last-m.VLANs.First) || t.Last >= 1<<24):
		return nil
	}
	f = append(f, strings.Fields(m.VLANs.Flags.String())...)
	if tunnel {
		f = append(f, "tunnel_info", "id", rangeWord(t.First, max(t.First, t.Last)))
	}
	if m.Side&bridge.Self != 0 {
		f = append(f, "self")
	}
	if m.Side&bridge.Master != 0 {
		f = append(f, "master")
	}
	return f
}

// vlanCommand returns the words of a command with its VLANs and its device; nil
// if they cannot be written.
func vlanCommand(link rtnl.LinkRef, v bridge.VLANs, command ...string) []string {
	dev, last := devWord(link), max(v.First, v.Last)
	if dev == "" || v.First == math.MaxUint16 || last > 4095 && last != v.First {
		return nil
	}
	return append(append([]string{"vlan"}, command...), "dev", dev, "vid", rangeWord(v.First, last))
}

func rangeWord[T uint16 | uint32](first, last T) string {
	word := strconv.FormatUint(uint64(first), 10)
	if last != first {
		word += "-" + strconv.FormatUint(uint64(last), 10)
	}
	return word
}
