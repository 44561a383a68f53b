package plan

import (
	"net"
	"slices"
	"testing"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
)

// An option is set where the file gives another value, and where only an
// earlier file gave one. What the kernel does not tell of is left alone, and so
// are lists.
func TestCompareFields(t *testing.T) {
	type options struct {
		Given, Same, Said, ByHand, Unknown rtnl.Opt[int]
		List                               []net.HardwareAddr
	}
	one, two := rtnl.Some(1), rtnl.Some(2)
	file := options{Given: two, Same: one, Unknown: two, List: []net.HardwareAddr{{1}}}
	have := options{Given: one, Same: one, Said: two, ByHand: two}
	fresh := options{Given: one, Same: one, Said: one, ByHand: one, Unknown: one}
	said := gaveSaid{Said: two}
	set, undo, differ := compareFields(&file, &have, &fresh, func(gave func(rtnl.Kind) bool) bool { return gave(&said) })
	if !differ || set.Given != two || set.Said != one || undo.Given != one || undo.Said != two {
		t.Errorf("set %+v, undo %+v", set, undo)
	}
	if set.Same.IsSet() || set.ByHand.IsSet() || set.Unknown.IsSet() || set.List != nil || undo.ByHand.IsSet() {
		t.Errorf("set %+v, undo %+v", set, undo)
	}
	if set, undo, differ := compareFields(&options{}, &have, &fresh, func(func(rtnl.Kind) bool) bool { return false }); differ {
		t.Errorf("set %+v, undo %+v", set, undo)
	}
}

// gaveSaid are options of an earlier file.
type gaveSaid struct {
	Given, Same, Said, ByHand, Unknown rtnl.Opt[int]
	List                               []net.HardwareAddr
}

func (*gaveSaid) Kind() string             { return "x" }
func (*gaveSaid) EncodeData(*rtnl.Encoder) {}

// Links that are made again come after what they are on and after their
// masters, also if that is on another end of a pair.
func TestLowersFirst(t *testing.T) {
	n := &live.Node{Name: "n", Links: make(map[string]*live.Link)}
	link := func(name, kind string, index, lower, master uint32) *live.Link {
		l := &live.Link{Name: name, Kind: kind, Index: index, Master: master}
		if lower != 0 {
			l.Peer = rtnl.Some(lower)
		}
		n.Links[name] = l
		return l
	}
	link("a", "vlan", 2, 3, 0)
	link("b", "vlan", 3, 5, 0)
	link("c", "veth", 4, 0, 0).PeerName = "d"
	d := link("d", "veth", 5, 0, 6)
	link("e", "bridge", 6, 0, 0)
	n.Links["c"].PeerNode, d.PeerNode, d.PeerName = "n", "n", "c"
	elsewhere := link("f", "vlan", 7, 3, 0)
	elsewhere.NetNS = rtnl.Some[int32](1)
	var names []string
	for l := range lowersFirst(n) {
		names = append(names, l.Name)
	}
	if want := []string{"e", "d", "b", "a", "f"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}
