package lab

import (
	"testing"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A lab without IPv6 in its file has no link-local address, on whichever end of
// a pair comes up with the carrier there already.
func TestIntegrationQuiet(t *testing.T) {
	up(t, nil, base)
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	interfaces := 0
	for _, n := range l.Nodes() {
		c, err := n.Conn()
		if err != nil {
			t.Fatal(err)
		}
		links, err := c.Links(bg, rtnl.LinkDump{})
		if err != nil {
			t.Fatal(err)
		}
		interfaces += len(links)
		addrs, err := c.Addrs(bg, rtnl.AddrDump{Family: unix.AF_INET6})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addrs {
			if a.Prefix.Addr().IsLinkLocalUnicast() {
				t.Errorf("node %s: interface %d has %s", n.Name, a.Link.Index, a.Prefix)
			}
		}
	}
	if interfaces != 4+6+1 {
		t.Errorf("looked at %d interfaces, want 11", interfaces)
	}
}
