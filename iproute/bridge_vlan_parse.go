package iproute

import (
	"math"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

const peerVLANRequired = "Device and VLAN ID are required arguments."

// vlanWords are what the commands about VLANs have in common.
type vlanWords struct {
	dev   string
	given bool // VLANs have been given
	vlans bridge.VLANs
}

// vid takes a VLAN, or a range such as "10-20".
func (v *vlanWords) vid(w *words) {
	const want = "a VLAN from 1 to 4094, or a range such as 10-20"
	s := w.need(want)
	if w.err != nil {
		return
	}
	from, to, several := strings.Cut(s, "-")
	v.given = true
	if !w.loose {
		first, err := strconv.ParseUint(from, 10, 16)
		last := first
		if several && err == nil {
			last, err = strconv.ParseUint(to, 10, 16)
		}
		if err != nil || first < 1 || last > 4094 || several && first >= last {
			w.bad(want)
		}
		v.vlans.First, v.vlans.Last = uint16(first), uint16(last)
		return
	}
	// iproute2 reads 16 bits with atoi(3), and leaves 0 and 4095 to the kernel.
	first, last := int16(atoi(from)), int16(-1)
	if several {
		last = int16(atoi(to))
	}
	switch {
	case first == -1:
		v.given = false
	case first > 4095:
		w.bad(want)
		w.peer("Invalid VLAN ID \"%d\"", uint16(first))
	case several && (last == -1 || last > 4095 || first >= last):
		w.bad(want)
		w.peer("Invalid VLAN range \"%d-%d\"", uint16(first), uint16(last))
	}
	if !several {
		last = first
	}
	v.vlans.First, v.vlans.Last = uint16(first), uint16(last)
}

// other takes a word that is none of those of a command: iproute2 ignores it,
// and the word after "help" too. It reports whether the command goes on.
func (v *vlanWords) other(w *words, word, want string) bool {
	if !w.ignored() {
		w.bad("%s", want)
		return false
	}
	if word != "" && strings.HasPrefix("help", word) {
		w.need("a word after \"help\", which iproute2 ignores")
		return w.err == nil
	}
	return true
}

// finish says what is missing.
func (v *vlanWords) finish(w *words) {
	switch {
	case w.err != nil:
		return
	case v.dev == "":
		w.need(`a port, "dev DEV"`)
	case !v.given:
		w.need(`VLANs, "vid VID"`)
	default:
		return
	}
	w.peer(peerVLANRequired)
}

func parseVLANAdd(c *Command, w *words) {
	if r := parseVLANChange(c, w); r != nil {
		c.op(r)
	}
}

func parseVLANDelete(c *Command, w *words) {
	if r := parseVLANChange(c, w); r != nil {
		c.op((*bridge.VLANDel)(r))
	}
}

func parseVLANChange(c *Command, w *words) *bridge.VLANAdd {
	if c.help(w, vlanUsage) {
		return nil
	}
	var v vlanWords
	r := &bridge.VLANAdd{}
	for w.more() {
		switch word := w.next(); word {
		case "dev":
			v.dev = w.device("a port")
		case "vid":
			v.vid(w)
		case "self":
			r.Side |= bridge.Self
		case "master":
			r.Side |= bridge.Master
		case "pvid":
			v.vlans.Flags |= bridge.VLANPVID
		case "untagged":
			v.vlans.Flags |= bridge.VLANUntagged
		case "tunnel_info":
			r.Tunnels = rtnl.Some(w.tunnels())
		default:
			if !v.other(w, word, "a parameter of a VLAN: dev, vid, pvid, untagged, tunnel_info, self, master") {
				return nil
			}
		}
	}
	v.finish(w)
	several := v.vlans.Last > v.vlans.First
	t, tunnel := r.Tunnels.Get()
	if tunnel && w.loose && !several && t.Last > t.First {
		w.warn("only tunnel %d is used, for VLAN %d", t.First, v.vlans.First)
		t.Last = t.First
	}
	switch {
	case v.vlans.Flags&bridge.VLANPVID != 0 && several:
		w.fail("a range of VLANs cannot have pvid: a port has at most one such VLAN")
		w.peer("pvid cannot be configured for a vlan range")
	case tunnel && t.Last-t.First != uint32(v.vlans.Last-v.vlans.First):
		w.fail("VLANs and tunnels must be as many: VLANs %d to %d, tunnels %d to %d", v.vlans.First, v.vlans.Last, t.First, t.Last)
		w.peer("%s", answers(unix.EINVAL))
	}
	if tunnel {
		r.Tunnels, v.vlans.Flags = rtnl.Some(t), 0
	}
	r.VLANs, r.Link.Name = v.vlans, v.dev
	c.wrap = func(err error) error { return bridgeFailed(noDevice(err, peerNoBridge)) }
	return r
}

// tunnels takes the identifiers of tunnels: "id N" or "id N-M".
func (w *words) tunnels() (t bridge.Tunnels) {
	if w.keyword("id*") == "" {
		w.peerWrong("Error: argument %q is wrong: tunnel id expected", func() {
			if w.need(`"id" of a tunnel`); w.err == nil {
				w.bad(`"id" of a tunnel`)
			}
		})
		return t
	}
	const want = "a tunnel from 0 to 16777215, or a range such as 100-200"
	s := w.need(want)
	if w.err != nil {
		return t
	}
	from, to, several := strings.Cut(s, "-")
	first, err := parseUint(from)
	last := first
	if several && err == nil {
		last, err = parseUint(to)
	}
	if err != nil || first >= 1<<24 || last >= 1<<24 {
		w.bad(want)
		w.peer("Error: argument %q is wrong: invalid tun id", from)
		return t
	}
	return bridge.Tunnels{First: uint32(first), Last: uint32(last)}
}

func parseVLANSet(c *Command, w *words) {
	if c.help(w, vlanUsage) {
		return
	}
	var v vlanWords
	r := &bridge.VLANSet{}
	for w.more() {
		switch word := w.next(); word {
		case "dev":
			v.dev = w.device("a port")
		case "vid":
			v.vid(w)
		case "state":
			r.State = w.vlanState()
		case "mcast_router":
			w.peerWrong("Error: argument %q is wrong: invalid mcast_router", func() {
				r.MulticastRouter = rtnl.Some(uint8(w.number("mcast_router", 0, math.MaxUint8)))
			})
		default:
			if !v.other(w, word, "an option of a VLAN: dev, vid, state, mcast_router") {
				return
			}
		}
	}
	v.finish(w)
	r.VLANs, r.Link.Name = v.vlans, v.dev
	c.op(r)
	c.wrap = vlanSetFailed
}

const peerNoNetworkDevice = "Cannot find network device %q"

func vlanSetFailed(err error) error { return bridgeFailed(noDevice(err, peerNoNetworkDevice)) }

// vlanState takes an STP state by name or number. iproute2 sends the lower 8
// bits of any number.
func (w *words) vlanState() rtnl.Opt[bridge.State] {
	const want = "a state: disabled, listening, learning, forwarding, blocking, or its number"
	s := w.need(want)
	for st := bridge.Disabled; st <= bridge.Blocking; st++ {
		if s == st.String() {
			return rtnl.Some(st)
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		w.peerWrong("Error: invalid STP state%.0s", func() { w.bad(want) })
	}
	return rtnl.Some(bridge.State(n))
}
