package iproute

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// requestMessage returns a request's message as a program sends it.
func requestMessage(t *testing.T, r rtnl.Request) rtnl.Message {
	t.Helper()
	b, err := rtnl.Encode(r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return rtnl.Message{
		Type: binary.NativeEndian.Uint16(b[4:]), Flags: binary.NativeEndian.Uint16(b[6:]),
		Data: b[unix.NLMSG_HDRLEN:binary.NativeEndian.Uint32(b)],
	}
}

// newLink returns the kernel's message about a link.
func newLink(name string, index uint32) rtnl.Message {
	b := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b[4:], index)
	b = binary.NativeEndian.AppendUint16(b, uint16(5+len(name)))
	b = binary.NativeEndian.AppendUint16(b, unix.IFLA_IFNAME)
	b = append(append(b, name...), 0, 0, 0, 0)
	return rtnl.Message{Type: unix.RTM_NEWLINK, Data: b[:unix.SizeofIfInfomsg+(5+len(name)+3)&^3]}
}

// numbered sets indices for the links of a request and returns its message.
func numbered(t *testing.T, req rtnl.Request, indices map[string]uint32) rtnl.Message {
	t.Helper()
	eachLink(reflect.ValueOf(req), func(l *rtnl.LinkRef) {
		if indices[l.Name] == 0 {
			indices[l.Name] = uint32(10 + len(indices))
		}
		l.Index = indices[l.Name]
	})
	return requestMessage(t, req)
}

// eachLink calls f for each link that a request names.
func eachLink(v reflect.Value, f func(*rtnl.LinkRef)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachLink(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachLink(v.Index(i), f)
		}
	case reflect.Struct:
		if !v.CanAddr() {
			return
		}
		switch p := v.Addr().Interface().(type) {
		case *rtnl.LinkRef:
			if p.Name != "" {
				f(p)
			}
			return
		case *rtnl.Opt[rtnl.LinkRef]:
			if l, ok := p.Get(); ok && l.Name != "" {
				f(&l)
				*p = rtnl.Some(l)
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachLink(v.Field(i), f)
			}
		}
	}
}

// explainAgain checks that a request's message has words that produce the same
// message, normally the same words.
func explainAgain(t *testing.T, req rtnl.Request) {
	t.Helper()
	want := FormatLine(engine.Op{Action: &engine.Request{Req: req}})
	named := false
	for n := range rtnl.NetNSs(req) {
		named = named || n.Name() != ""
	}
	if named || strings.Contains(want, " anycast ") {
		return // a descriptor or a process has no name, and no request has an anycast address
	}
	indices := map[string]uint32{}
	m := numbered(t, req, indices)
	var x Explainer
	for name, index := range indices {
		x.Learn("", newLink(name, index))
	}
	got := x.Line("", m)
	if got == want {
		return
	}
	words, err := Split(got)
	if err != nil || len(words) == 0 {
		t.Errorf("got  %s\nwant %s", got, want)
		return
	}
	c, err := Parse(words[0], words[1:], nil)
	if err != nil {
		t.Errorf("%s: %v", got, err)
		return
	}
	if n := numbered(t, c.Ops[0].Action.(*engine.Request).Req, indices); n.Type != m.Type || n.Flags != m.Flags || !bytes.Equal(n.Data, m.Data) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestExplain(t *testing.T) {
	up := rtnl.LinkSet{Link: rtnl.LinkIndex(7)}
	up.Up()
	var x Explainer
	x.Learn("sw", newLink("p7", 7))
	x.Learn("", newLink("p8", 8))
	for _, test := range []struct {
		netns string
		r     rtnl.Request
		want  string
	}{
		{"", &up, "ip link set dev if7 up"},
		{"sw", &up, "ip -n sw link set dev p7 up"},
		{"", &rtnl.LinkSet{Link: rtnl.LinkIndex(8), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(9))}}, "ip link set dev p8 master if9"},
		{"", &rtnl.LinkGet{Link: rtnl.LinkIndex(7)}, ""},
		{"", &rtnl.LinkDump{}, ""},
		{"", &rtnl.LinkSet{Link: rtnl.LinkIndex(7), LinkAttrs: rtnl.LinkAttrs{NetNS: rtnl.NetNSFD(3)}}, ""},
		{"", &rtnl.LinkDel{Link: rtnl.LinkName("a b")}, "ip link delete dev 'a b'"},
	} {
		if got := x.Line(test.netns, requestMessage(t, test.r)); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	// A link that has gone has no name, and there are no words for an unknown
	// link.
	gone := newLink("p8", 8)
	gone.Type = unix.RTM_DELLINK
	x.Learn("", gone)
	if got := x.Line("", requestMessage(t, &rtnl.LinkDel{Link: rtnl.LinkIndex(8)})); got != "ip link delete dev if8" {
		t.Errorf("got %q", got)
	}
	m := requestMessage(t, &up)
	m.Data = append(m.Data, 8, 0, 0x77, 0, 1, 0, 0, 0)
	if got := x.Line("", m); got != "" {
		t.Errorf("with an unknown attribute: %q", got)
	}
}

// FuzzExplain checks that the words for a message ask for the same.
func FuzzExplain(f *testing.F) {
	for _, line := range []string{
		"link add name a type veth peer name b", "link set dev if7 up mtu 1400", "link add name b type bridge stp_state 1", "address add 10.0.0.1/24 dev if7",
		"route add 10.0.0.0/8 via 10.0.0.2 dev if7", "neighbour add 10.0.0.2 lladdr 02:00:00:00:00:01 dev if7", "rule add from 10.0.0.0/8 table 7",
		"link set dev if7 type bridge_slave cost 5", "link property add dev if7 altname x",
	} {
		c, err := Parse("ip", strings.Fields(line), nil)
		if err != nil {
			f.Fatal(err)
		}
		req := c.Ops[0].Action.(*engine.Request)
		eachLink(reflect.ValueOf(req.Req), func(l *rtnl.LinkRef) { l.Index = 7 })
		b, err := rtnl.Encode(req.Req)
		if err != nil {
			f.Fatalf("%s: %v", line, err)
		}
		f.Add(binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:]), b[unix.NLMSG_HDRLEN:])
	}
	f.Fuzz(func(t *testing.T, typ, flags uint16, data []byte) {
		m := rtnl.Message{Type: typ, Flags: flags, Data: data}
		var x Explainer
		x.Learn("", m)
		line := x.Line("", m)
		if line == "" {
			return
		}
		if _, err := Split(line); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	})
}

// Bytes of a name that a terminal does not show are written so that bash reads
// the same name.
func TestExplainUnprintable(t *testing.T) {
	var x Explainer
	const name = "a\x1b'\xff"
	x.Learn("", newLink(name, 7))
	set := rtnl.LinkSet{Link: rtnl.LinkRef{Index: 7}, LinkAttrs: rtnl.LinkAttrs{MTU: 1400}}
	if got, want := x.Line("", requestMessage(t, &set)), `ip link set dev $'a\033\'\377' mtu 1400`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
