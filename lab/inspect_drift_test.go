package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// One node has the names of its peers too, those that were moved included; a
// node whose namespace is gone says so; an end outside the lab has a number.
func TestIntegrationInspectDrift(t *testing.T) {
	up(t, nil, base)
	l := openLab(t, "t")
	dir := l.engine.Dir
	outside, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	a, err := l.Node("a")
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Conn()
	if err != nil {
		t.Fatal(err)
	}
	sw, err := dir.Open("sw")
	if err != nil {
		t.Fatal(err)
	}
	defer sw.Close()
	for name, in := range map[string]rtnl.NetNS{"moved": rtnl.NetNSFD(sw.FD()), "strange": rtnl.NetNSFD(outside.FD())} {
		err := c.Do(bg, &rtnl.LinkAdd{Name: name, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: name + "-peer", LinkAttrs: rtnl.LinkAttrs{NetNS: in}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	in, err := l.Inspect(bg, "a")
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Nodes) != 1 {
		t.Fatalf("%d nodes", len(in.Nodes))
	}
	if got := findIface(t, &in.Nodes[0], "moved").Peer.text(); got != "sw:moved-peer" {
		t.Errorf("the peer of a link that no file has is %s", got)
	}
	strange := findIface(t, &in.Nodes[0], "strange").Peer
	if strange == nil || strange.NSID == nil || strange.Node != "" || strange.Index == 0 {
		t.Errorf("an end outside is %+v", strange)
	}

	if err := dir.Delete(bg, "b"); err != nil {
		t.Fatal(err)
	}
	if in, err = l.Inspect(bg, "b"); err != nil {
		t.Fatal(err)
	}
	n := &in.Nodes[0]
	if n.Problem == "" || n.Rules.NFTables.Rules != -1 || n.Rules.NFTables.Problem == "" || n.Interfaces == nil {
		t.Errorf("a node that is gone is %+v", n)
	}
	var b strings.Builder
	if err := in.WriteText(&b); err != nil || !strings.Contains(b.String(), `node "b": its namespace is gone`) {
		t.Errorf("got %q, %v", b.String(), err)
	}
	if _, err := l.Inspect(bg, "nobody"); !errors.Is(err, ErrNoNode) {
		t.Errorf("a node that is not there: %v", err)
	}
}
