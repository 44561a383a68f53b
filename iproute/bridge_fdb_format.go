package iproute

import (
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatFDB returns the words of the bridge fdb command that does what a
// request does; nil if there is none.
func formatFDB(r rtnl.Request) []string {
	switch m := r.(type) {
	case *rtnl.NeighAdd:
		switch m.Mode {
		case rtnl.ModeAdd, rtnl.ModeAppend, rtnl.ModeReplace:
			return formatFDBCommand(m.Mode.String(), &m.Neigh)
		}
	case *rtnl.NeighDel:
		return formatFDBCommand("delete", &m.Neigh)
	case *bridge.FDBFlush:
		return formatFDBFlush(m)
	}
	return nil
}

// formatFDBState returns the words for a state, if a command line can produce
// it.
func formatFDBState(state uint16) (words []string, ok bool) {
	switch state {
	case bridge.Permanent:
		return []string{"permanent"}, true
	case bridge.Static:
		return []string{"static"}, true
	case bridge.Dynamic:
		return []string{"dynamic"}, true
	case bridge.Permanent | bridge.Static:
		return []string{"permanent", "static"}, true
	case unix.NUD_PERMANENT | bridge.Dynamic:
		return []string{"permanent", "dynamic"}, true
	}
	return nil, false
}

// fdbFlagWords are the words for flags.
var fdbFlagWords = []struct {
	flag uint8
	word string
}{
	{unix.NTF_SELF, "self"}, {unix.NTF_MASTER, "master"}, {unix.NTF_ROUTER, "router"}, {unix.NTF_USE, "use"},
	{unix.NTF_EXT_LEARNED, "extern_learn"}, {bridge.NTFSticky, "sticky"},
}

func formatFDBCommand(command string, n *rtnl.Neigh) []string {
	dev, via := devWord(n.Link), devWord(n.Via)
	state, ok := formatFDBState(n.State)
	switch {
	case n.Family != unix.AF_BRIDGE, dev == "", !ok, len(n.LLAddr) != 6, n.Flags&(unix.NTF_SELF|unix.NTF_MASTER) == 0,
		n.ExtFlags != 0, n.Protocol != 0, n.VLAN > 4094, n.VNI >= 1<<24, n.SrcVNI >= 1<<24,
		n.NHID != 0 && (n.Dst.IsValid() || n.Port != 0 || n.VNI != 0), n.Dst.Zone() != "":
		return nil
	}
	f := append([]string{"fdb", command, n.LLAddr.String(), "dev", dev}, state...)
	flags := n.Flags
	for _, w := range fdbFlagWords {
		if flags&w.flag != 0 {
			f = append(f, w.word)
			flags &^= w.flag
		}
	}
	if flags != 0 {
		return nil
	}
	number := func(word string, v uint32) {
		if v != 0 {
			f = append(f, word, strconv.FormatUint(uint64(v), 10))
		}
	}
	number("vlan", uint32(n.VLAN))
	if n.Dst.IsValid() {
		f = append(f, "dst", n.Dst.String())
	}
	number("port", uint32(n.Port))
	number("vni", n.VNI)
	number("nhid", n.NHID)
	if via != "" {
		f = append(f, "via", via)
	}
	number("src_vni", n.SrcVNI)
	return f
}

func formatFDBFlush(m *bridge.FDBFlush) []string {
	const noarp, permanent = unix.NUD_NOARP, unix.NUD_PERMANENT
	dev, port := devWord(m.Link), devWord(m.Port)
	if dev == "" || m.State&^m.StateMask != 0 || m.StateMask&^(noarp|permanent) != 0 || m.VLAN.Or(1) < 1 || m.VLAN.Or(1) > 4094 {
		return nil
	}
	f := []string{"fdb", "flush", "dev", dev}
	if port != "" {
		f = append(f, "brport", port)
	}
	if v, ok := m.VLAN.Get(); ok {
		f = append(f, "vlan", strconv.Itoa(int(v)))
	}
	flags := m.Flags
	for _, w := range fdbFlagWords[:2] {
		if flags&w.flag != 0 {
			f = append(f, w.word)
			flags &^= w.flag
		}
	}
	if m.StateMask&permanent != 0 && m.State&permanent != 0 {
		f = append(f, "permanent")
	}
	switch {
	case m.StateMask == noarp && m.State == 0:
		f = append(f, "nostatic")
	case m.StateMask == noarp:
		f = append(f, "nodynamic")
	case m.StateMask == permanent && m.State == 0:
		f = append(f, "nopermanent")
	case m.StateMask == noarp|permanent && m.State&noarp != 0:
		f = append(f, "static")
	case m.StateMask == noarp|permanent:
		f = append(f, "dynamic")
	}
	mask := m.FlagsMask
	for _, flag := range flushFlags {
		word, bit := flag.word, flag.bit
		if mask&bit == 0 {
			continue
		}
		mask &^= bit
		if flags&bit == 0 {
			word = "no" + word
		}
		flags &^= bit
		f = append(f, word)
	}
	if mask != 0 || flags != 0 {
		return nil
	}
	return f
}
