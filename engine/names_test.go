package engine

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

func TestNameIndex(t *testing.T) {
	for _, tt := range []struct{ object, want string }{
		{"index 3", `"p1"`},
		{`index 3 to name "x"`, `"p1" to name "x"`},
		{"10.0.0.1/24 on index 3", `10.0.0.1/24 on "p1"`},
		{"02:00:00:00:00:01 of bridge index 3", `02:00:00:00:00:01 of bridge "p1"`},
		{`"an index 3 name" of index 3`, `"an index 3 name" of "p1"`},
		{"index 31", "index 31"},
		{`"an index 3 name" of index 4`, `"an index 3 name" of index 4`},
		{"index", "index"},
		{"", ""},
	} {
		if got := nameIndex(tt.object, 3, "p1"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.object, got, tt.want)
		}
	}
}

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
	mtu := func(known bool) Op {
		s := &rtnl.LinkSet{LinkAttrs: rtnl.LinkAttrs{MTU: 1 << 20}}
		r := &Request{Req: s}
		if known {
			s.Link.Index = index
			return Op{NetNS: "a", Action: r.Known("x", &s.Link.Index)}
		}
		return Op{NetNS: "a", Action: r.Dev("x", &s.Link.Index)}
	}
	master := &rtnl.LinkSet{Link: rtnl.LinkIndex(index), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(index)}}
	enslave := Op{NetNS: "a", Action: (&Request{Req: master}).Known("x", &master.Link.Index).KnownOpt("x", &master.Master)}
	addr := &rtnl.AddrDel{Address: rtnl.Address{Index: index, Prefix: netip.MustParsePrefix("192.0.2.1/24")}}
	address := Op{NetNS: "a", Action: (&Request{Req: addr}).Known("x", &addr.Index)}
	for _, tt := range []struct {
		op   Op
		want string
	}{
		{mtu(true), `set link "x" in "a": `},
		{mtu(false), `set link "x" in "a": `},
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
		q := Queue{Engine: e}
		told := 0
		for range 2 {
			q.Add(bg, tt.op, func(_ rtnl.Status, err error) { told++; check("in a batch", err) })
		}
		q.Flush(bg)
		if told != 2 {
			t.Errorf("told %d times", told)
		}
	}
}
