package rtnl

import (
	"errors"
	"io/fs"
	"testing"
)

// A link gets an index of the caller's choice on its way to another namespace,
// and only there.
func TestIntegrationNewIndex(t *testing.T) {
	needLinux(t, 5, 13, "IFLA_NEW_IFINDEX in a request")
	here := dial(t, nil)
	clearLinks(t, here)
	fd := otherNetNS(t)
	there := dial(t, &Config{NetNS: NetNSFD(fd)})
	do(t, here, &LinkAdd{Name: "a", Index: 7, Kind: &Veth{Peer: &VethPeer{Name: "b", Index: 8}}})
	do(t, here, &LinkSet{Link: LinkIndex(7), NewName: "c", NewIndex: 77, LinkAttrs: LinkAttrs{NetNS: NetNSFD(fd)}})
	l, err := there.Link(t.Context(), LinkName("c"))
	if err != nil || l.Index != 77 {
		t.Errorf("index %d, %v; want 77", l.Index, err)
	}
	if _, err := here.Link(t.Context(), LinkIndex(7)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link is still here: %v", err)
	}
	err = here.Do(t.Context(), &LinkSet{Link: LinkIndex(8), NewIndex: 9})
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("a new index without a namespace: %v", err)
	}
}

func TestNetNSPID(t *testing.T) {
	for _, tt := range []struct {
		ns  NetNS
		pid int
		ok  bool
	}{{NetNSPID(7), 7, true}, {NetNSFD(7), 0, false}, {NetNSID(7), 0, false}, {NetNS{}, 0, false}} {
		if pid, ok := tt.ns.PID(); pid != tt.pid || ok != tt.ok {
			t.Errorf("%+v: %d, %v", tt.ns, pid, ok)
		}
	}
}
