package iproute

import (
	"strconv"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// formatNeigh returns the words of the ip neigh command that does what a
// request does. It is nil if there is none.
func formatNeigh(r rtnl.Request) []string {
	switch m := r.(type) {
	case *rtnl.NeighAdd:
		command, ok := map[rtnl.Mode]string{rtnl.ModeAdd: "add", rtnl.ModeReplace: "replace", rtnl.ModeChange: "change"}[m.Mode]
		if !ok {
			return nil
		}
		return formatNeighCommand(command, &m.Neigh, formatNeighAttrs)
	case *rtnl.NeighDel:
		return formatNeighCommand("delete", &m.Neigh, nil)
	}
	return nil
}

func formatNeighCommand(command string, n *rtnl.Neigh, attrs func(*rtnl.Neigh) ([]string, bool)) []string {
	if !n.Dst.IsValid() || n.Family != unix.AF_UNSPEC && n.Family != familyOf(n.Dst) {
		return nil
	}
	f := []string{"neigh", command}
	if n.Flags&unix.NTF_PROXY != 0 {
		f = append(f, "proxy")
	}
	f = append(f, n.Dst.String())
	switch dev := devWord(n.Link); {
	case dev != "":
		f = append(f, "dev", dev)
	case n.Flags&unix.NTF_PROXY == 0:
		return nil
	}
	if attrs == nil {
		return f
	}
	more, ok := attrs(n)
	if !ok {
		return nil
	}
	return append(f, more...)
}

// formatNeighAttrs returns the words after the address and the link.
func formatNeighAttrs(n *rtnl.Neigh) (f []string, ok bool) {
	const flags = unix.NTF_PROXY | unix.NTF_ROUTER | unix.NTF_USE | unix.NTF_EXT_LEARNED
	if n.Flags&^flags != 0 || n.ExtFlags&^ntfExtManaged != 0 || len(n.LLAddr) > 20 {
		return nil, false
	}
	if len(n.LLAddr) > 0 {
		f = append(f, "lladdr", n.LLAddr.String())
	}
	managed := n.ExtFlags&ntfExtManaged != 0
	if managed {
		f = append(f, "managed")
	}
	word, ok := nudWord(n, managed)
	if !ok {
		return nil, false
	}
	if word != "" {
		f = append(f, "nud", word)
	}
	for _, flag := range []struct {
		bit  uint8
		word string
	}{{unix.NTF_ROUTER, "router"}, {unix.NTF_USE, "use"}, {unix.NTF_EXT_LEARNED, "extern_learn"}} {
		if n.Flags&flag.bit != 0 {
			f = append(f, flag.word)
		}
	}
	if n.Protocol != 0 {
		f = append(f, "protocol", strconv.Itoa(int(n.Protocol)))
	}
	return f, true
}

// nudWord returns the word for a request's state, "" for the state that ip uses
// without one. It is not ok for several bits at once.
func nudWord(n *rtnl.Neigh, managed bool) (word string, ok bool) {
	state, usual := n.State, uint16(unix.NUD_PERMANENT)
	if managed {
		usual = unix.NUD_NONE
	}
	switch {
	case state == rtnl.NeighStateNone:
		state = unix.NUD_NONE
	case state == 0 && !managed && n.Flags&unix.NTF_USE == 0:
		state = unix.NUD_PERMANENT
	}
	if state == usual {
		return "", true
	}
	for _, st := range nudStates {
		if state == st.bit {
			return st.word, true
		}
	}
	return "", false
}
