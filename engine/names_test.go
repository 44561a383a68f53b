package engine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// The kernel's errors name a link, whether its name was looked up or its index
// known, alone or in a batch.
func TestIntegrationErrorsNameLinks(t *testing.T) {
	e := newEngine(t)
	run(t, e, add("a"), veth("a", "x", "", "y"))
	c, err := e.Conn("a")
	if err != nil {
		t.Fatal(err)
	}
	index, err := c.LinkIndex(bg, "x")
	if err != nil {
		t.Fatal(err)
	}
	x := rtnl.LinkRef{Index: index, Name: "x"}
	mtu := func(link rtnl.LinkRef) Op {
		return Op{NetNS: "a", Action: &Request{Req: &rtnl.LinkSet{Link: link, LinkAttrs: rtnl.LinkAttrs{MTU: 1 << 20}}}}
	}
	enslave := Op{NetNS: "a", Action: &Request{Req: &rtnl.LinkSet{Link: x, LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(x)}}}}
	address := Op{NetNS: "a", Action: &Request{Req: &rtnl.AddrDel{
		Address: rtnl.Address{Link: x, Prefix: netip.MustParsePrefix("192.0.2.1/24")}}}}
	for _, tt := range []struct {
		op   Op
		want string
	}{
		{mtu(x), `set link "x" in "a": `},
		{mtu(rtnl.LinkRef{Name: "x", ByIndex: true}), `set link "x" in "a": `},
		{mtu(rtnl.LinkName("x")), `set link "x" in "a": `},
		{enslave, `set link "x" in "a": `},
		{address, `delete address 192.0.2.1/24 on "x" in "a": `},
	} {
		check := func(how string, err error) {
			t.Helper()
			var re *rtnl.Error
			if !errors.As(err, &re) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s: got %v, want %s...", how, err, tt.want)
			}
		}
		check("alone", e.Do(bg, tt.op))
		q := queue{engine: e}
		told := 0
		for range 2 {
			q.add(bg, tt.op, func(_ rtnl.Status, err error) { told++; check("in a batch", err) })
		}
		q.flush(bg)
		if told != 2 {
			t.Errorf("told %d times", told)
		}
	}
}
