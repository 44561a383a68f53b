package iproute

import (
	"errors"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// flushFlags are the flags that a flush can select by. "no" before the word
// selects entries without the flag.
var flushFlags = []struct {
	word string
	bit  uint8
}{
	{"added_by_user", unix.NTF_USE}, {"extern_learn", unix.NTF_EXT_LEARNED}, {"sticky", bridge.NTFSticky}, {"offloaded", unix.NTF_OFFLOADED},
}

func parseFDBFlush(c *Command, w *words) {
	req := &bridge.FDBFlush{}
	dev, port := "", ""
	for w.more() {
		switch k := w.next(); k {
		case "dev":
			dev = w.device("a bridge or a port")
		case "brport":
			w.once(port != "")
			port = w.device("a port")
		case "vlan":
			w.once(req.VLAN.IsSet())
			says := "Invalid VLAN ID %q"
			if w.peek() == "4095" {
				says = "Error: integer out of range.%.0s" // the kernel's
			}
			w.peerWrong(says, func() {
				if v := w.vlan(); v != 0 {
					req.VLAN = rtnl.Some(v)
				}
			})
		case "self":
			req.Flags |= unix.NTF_SELF
		case "master":
			req.Flags |= unix.NTF_MASTER
		case "help":
			// iproute2 ignores it and the word after it.
			switch {
			case !w.more():
				c.usage(w, fdbUsage)
			case w.ignored():
				w.next()
				w.ignored()
				continue
			default:
				w.bad("a parameter of bridge fdb flush")
			}
			return
		default:
			if !flushState(req, k) && !flushFlag(req, k) && !w.ignored() {
				w.bad("a parameter of bridge fdb flush")
			}
		}
	}
	if dev == "" {
		w.need(`a bridge or a port, "dev DEV"`)
		w.peer("Device is a required argument.")
	}
	req.Link.Name, req.Port.Name = dev, port
	c.op(req)
	c.wrap = func(err error) error {
		says := peerNoBridge
		if d := (*rtnl.NoDeviceError)(nil); errors.As(err, &d) && d.Name == port {
			says = peerNoPort
		}
		return bridgeFailed(noDevice(bridge.FlushError(err), says))
	}
}

// flushState takes a word about the state of the entries to flush. For each
// bit, the last word counts; as in iproute2, "dynamic" does not change the bit
// of "permanent".
func flushState(req *bridge.FDBFlush, word string) bool {
	const noarp, permanent = unix.NUD_NOARP, unix.NUD_PERMANENT
	switch word {
	case "permanent":
		req.State |= permanent
		req.StateMask |= permanent
	case "nopermanent":
		req.State &^= permanent
		req.StateMask |= permanent
	case "static":
		req.State |= noarp
		req.StateMask |= noarp | permanent
	case "nostatic":
		req.State &^= noarp
		req.StateMask |= noarp
	case "dynamic":
		req.State &^= noarp
		req.StateMask |= noarp | permanent
	case "nodynamic":
		req.State |= noarp
		req.StateMask |= noarp
	default:
		return false
	}
	return true
}

// flushFlag takes a word about a flag of the entries to flush.
func flushFlag(req *bridge.FDBFlush, word string) bool {
	name, without := strings.CutPrefix(word, "no")
	for _, f := range flushFlags {
		if f.word != name {
			continue
		}
		req.FlagsMask |= f.bit
		if without {
			req.Flags &^= f.bit
		} else {
			req.Flags |= f.bit
		}
		return true
	}
	return false
}
