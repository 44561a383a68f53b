package rtnl

import (
	"errors"
	"strings"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Every driver of jsimonetti/rtnetlink is a LinkDriver, and so a Kind.
func TestDriverKinds(t *testing.T) {
	for _, d := range []rtnetlink.LinkDriver{
		&driver.Bond{}, &driver.Bridge{}, &driver.Macvlan{}, &driver.Netkit{}, &driver.Veth{}, &driver.Vlan{}, &driver.Vxlan{},
	} {
		k := Driver(d)
		if k.Kind() != d.Kind() {
			t.Errorf("%T: kind %q, want %q", d, k.Kind(), d.Kind())
		}
	}
}

// failing is a driver whose options cannot be encoded, in one of two places.
type failing struct{ late bool }

func (failing) Kind() string { return "failing" }
func (f failing) Encode(ae *netlink.AttributeEncoder) error {
	if !f.late {
		return errors.New("first reason")
	}
	ae.Do(1, func() ([]byte, error) { return nil, errors.New("second reason") })
	return nil
}

func TestKindErrors(t *testing.T) {
	tooLong := strings.Repeat("x", 16)
	for _, tt := range []struct {
		kind Kind
		want string
	}{
		{Driver(failing{}), `options of a link of type "failing": first reason`},
		{Driver(failing{late: true}), `options of a link of type "failing": second reason`},
		{PlainKind("a\x00b"), "NUL"},
		{&Veth{Peer: &VethPeer{Name: tooLong}}, "16 bytes, at most 15"},
		{&Veth{Peer: &VethPeer{Name: "p", LinkAttrs: up()}}, "cannot be created up"},
		{&Veth{Peer: &VethPeer{Name: "p", LinkAttrs: LinkAttrs{Master: Some(LinkIndex(3))}}}, `peer "p": the kernel ignores a master`},
		{&Veth{Peer: &VethPeer{LinkAttrs: LinkAttrs{Alias: Some("x")}}}, "ignores an alias"},
		{&Bridge{GroupAddr: make([]byte, 70000)}, "at most 65531 fit"},
	} {
		var e Encoder
		_, err := e.message(&LinkAdd{Kind: tt.kind, Name: "x"})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want) || len(e.buf) != 0 {
			t.Errorf("%T: got %v and %d bytes, want %q and none", tt.kind, err, len(e.buf), tt.want)
		}
	}
	for _, a := range []LinkAttrs{{Alias: Some("x")}, {Carrier: Some(uint8(0))}, {ProtoDown: Some(uint8(1))}} {
		var e Encoder
		if _, err := e.message(&LinkAdd{Kind: &Veth{}, Name: "x", LinkAttrs: a}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "set it afterwards") {
			t.Errorf("%+v in a create: got %v", a, err)
		}
	}
}

// raws is a kind with any attributes.
type raws struct {
	kind string
	data func(e *Encoder)
}

func (r raws) Kind() string          { return r.kind }
func (r raws) EncodeData(e *Encoder) { r.data(e) }

// What LinkAdd refuses because the kernel would ignore it is really ignored.
func TestIntegrationIgnoredInCreate(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "br", Index: 50})
	// A LinkAdd with the attribute that LinkAdd refuses.
	create := func(name string, kind Kind, extra LinkAttrs) Request {
		return encodeFunc(func(e *Encoder) {
			e.Begin(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL)
			e.ifinfomsg(unix.AF_UNSPEC, LinkIndex(0), 0, 0)
			e.String(unix.IFLA_IFNAME, name)
			extra.encode(e)
			info := e.Nest(unix.IFLA_LINKINFO)
			encodeKind(e, kind, unix.IFLA_INFO_KIND, unix.IFLA_INFO_DATA)
			e.EndNest(info)
		})
	}
	do(t, c, create("main", raws{"veth", func(e *Encoder) {
		mark := e.NestPlain(vethInfoPeer)
		e.ifinfomsg(unix.AF_UNSPEC, LinkIndex(0), 0, 0)
		e.String(unix.IFLA_IFNAME, "peer")
		(&LinkAttrs{Master: Some(LinkIndex(50)), Alias: Some("peer")}).encode(e)
		e.EndNest(mark)
	}}, LinkAttrs{Alias: Some("main")}))
	do(t, c, create("mv", Driver(&driver.Macvlan{}), LinkAttrs{
		Link: LinkIndex(getLink(t, c, LinkName("main")).Index), ProtoDown: Some(uint8(1)), Carrier: Some(uint8(0)),
	}))
	if l := getLink(t, c, LinkName("main")); l.Alias != "" {
		t.Errorf("the kernel has learned to take an alias in a create: %q", l.Alias)
	}
	if l := getLink(t, c, LinkName("peer")); l.Alias != "" || l.Master != 0 {
		t.Errorf("the kernel has learned to take more of a peer: alias %q, master %d", l.Alias, l.Master)
	}
	if l := getLink(t, c, LinkName("mv")); l.ProtoDown != 0 {
		t.Errorf("the kernel has learned to take protocol down in a create")
	}
}

// encodeFunc is a request by the function that encodes it.
type encodeFunc func(*Encoder)

func (f encodeFunc) Encode(e *Encoder) { f(e) }
