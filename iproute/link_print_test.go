package iproute

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// printings are ways to print a link, including everything in text and in JSON.
var printings = []linkView{
	{o: &Options{Details: 1, Stats: 2}, asLink: true, queueLen: true, family: unix.AF_PACKET},
	{o: &Options{Details: 1, Stats: 2, JSON: true}, asLink: true, queueLen: true, family: unix.AF_PACKET},
	{o: &Options{Brief: true, Color: true}, family: unix.AF_PACKET},
	{o: &Options{Stats: 1, JSON: true, Pretty: true, Numeric: true}, queueLen: true, withDev: true},
	{o: &Options{Oneline: true, Human: true, Stats: 1}, withDev: true},
}

// Whatever the kernel sends is printed without a panic, as text without control
// characters and as valid JSON.
func FuzzPrintLink(f *testing.F) {
	for _, m := range liveMessages(f) {
		f.Add(m.Type, m.Data)
	}
	f.Fuzz(func(t *testing.T, typ uint16, data []byte) {
		m := rtnl.Message{Type: typ, Data: data}
		l, lerr := rtnl.DecodeLink(m)
		a, aerr := rtnl.DecodeAddress(m)
		for _, v := range printings {
			var out bytes.Buffer
			v.links = new(Session).linkMap(nil)
			v.links.remember(&l)
			p := newPrinter(&out, v.o)
			p.open("")
			if lerr == nil {
				lerr = p.link(&v, &l)
			}
			if aerr == nil {
				p.addr(&v, &a)
			}
			p.end()
			if err := p.close(); err != nil {
				t.Fatal(err)
			}
			if v.o.JSON && !json.Valid(out.Bytes()) {
				t.Errorf("no JSON: %q", out.String())
			}
			if i := strings.IndexFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' && (r != 0x1b || !v.o.Color) }); i >= 0 && !v.o.Pretty {
				t.Errorf("control character at %d of %q", i, out.String())
			}
		}
	})
}

// liveMessages are the kernel's messages about some links and addresses.
func liveMessages(t testing.TB) []rtnl.Message {
	t.Helper()
	conn, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := t.Context()
	do := func(r rtnl.Request) {
		t.Helper()
		if err := conn.Do(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	do(&rtnl.LinkAdd{Name: "br0", Index: 20, Kind: &rtnl.Bridge{}})
	do(&rtnl.LinkAdd{Name: "p0", Index: 10, LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(20))}, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "q0"}}})
	do(&rtnl.AltNameAdd{Link: rtnl.LinkName("p0"), Names: []string{"left"}})
	do(&rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(20), Prefix: netip.MustParsePrefix("10.0.0.1/24"), Label: "br0:x"}})
	var all []rtnl.Message
	for _, r := range []rtnl.Request{&rtnl.LinkDump{}, &rtnl.LinkDump{Family: unix.AF_BRIDGE}, &rtnl.LinkDump{Family: unix.AF_INET6}, &rtnl.AddrDump{}} {
		m, err := conn.Dump(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		for msg := range m.All() {
			all = append(all, msg)
		}
	}
	do(&rtnl.LinkDel{Link: rtnl.LinkName("p0")})
	do(&rtnl.LinkDel{Link: rtnl.LinkName("br0")})
	return all
}

// iproute2 6.1 prints the bridge's own id as that of the root (bridge_print_opt
// in ip/iplink_bridge.c). nslab prints the root's.
func TestBridgeRootID(t *testing.T) {
	data := []byte{12, 0, unix.IFLA_BR_ROOT_ID, 0, 0x10, 0, 2, 0, 0, 0, 1, 0, 12, 0, unix.IFLA_BR_BRIDGE_ID, 0, 0x20, 0, 2, 0, 0, 0, 2, 0x1f}
	testenv.NeedLittleEndian(t)
	var out bytes.Buffer
	v := linkView{o: &Options{JSON: true}}
	p := newPrinter(&out, v.o)
	if err := errors.Join(p.linkInfo(&v, &rtnl.Link{Kind: "bridge", Data: data}), p.close()); err != nil {
		t.Fatal(err)
	}
	if want := `"bridge_id":"2000.2:0:0:0:2:1f","root_id":"1000.2:0:0:0:1:0"`; !strings.Contains(out.String(), want) {
		t.Errorf("got %s, want %s in it", out.String(), want)
	}
}
