package engine

import (
	"errors"
	"slices"
	"testing"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// With a Peer, requests in any namespace go there, and no kernel looks up the
// names in them.
func TestPeer(t *testing.T) {
	var sent []string
	var peer *rtnltest.Peer
	peer = rtnltest.New(func(a *rtnltest.Answer, m rtnl.Message) {
		if m.Type == unix.RTM_GETLINK {
			a.Links(rtnl.Link{Index: 7, Name: "eth0"})
			return
		}
		r, err := rtnl.DecodeRequest(m)
		if err != nil {
			t.Fatal(err)
		}
		what := a.NetNS()
		for n := range rtnl.NetNSs(r) {
			what += ">" + peer.NetNSName(n)
		}
		if sent = append(sent, what); what == "refused" {
			a.Error(unix.EBUSY, nil)
		} else if what == "lost" {
			a.Overrun()
		} else {
			a.Ack()
		}
	})
	e := &Engine{Peer: peer}
	defer e.Close()
	up := &rtnl.LinkSet{Link: rtnl.LinkName("eth0")}
	up.Up()
	request := func(netns string) Op { return Send(netns, up) }
	run(t, e, veth("left", "eth0", "right", "eth0"), request("right"), request(""))
	if want := []string{"left>right", "right", ""}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
	first, err := e.Conn("left")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := e.Conn("left"); err != nil || again != first {
		t.Errorf("another socket the second time: %v", err)
	}

	sent = nil
	lists := [][]Op{{request("a"), request("b")}, {request("refused")}, {request("lost")}, {veth("a", "eth1", "b", "eth1")}}
	var failed []int
	p := e.RunAll(bg, Work{
		N: len(lists), Ops: func(i int) []Op { return lists[i] },
		Failed: func(i int, err error) {
			if i == 2 != errors.Is(err, rtnl.ErrUnknown) {
				t.Errorf("list %d: %v", i, err)
			}
			failed = append(failed, i)
		},
	})
	if p.Err != nil || !slices.Equal(failed, []int{1, 2}) {
		t.Errorf("failed %v, %v", failed, p.Err)
	}
	if want := []string{"a", "b", "refused", "lost", "a>b"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
}
