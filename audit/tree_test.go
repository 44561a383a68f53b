package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

func TestTree(t *testing.T) {
	testenv.NeedLittleEndian(t)
	var out strings.Builder
	tree := NewTree(&out)
	hop := append(append(u16(16), 0, 0), append(u32(7), attr(unix.RTA_GATEWAY, []byte{10, 0, 1, 2})...)...)
	for _, d := range []nlspec.Datagram{
		sent(msg(unix.RTM_NEWROUTE, 0x605, 9, []byte{unix.AF_INET, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0},
			attr(unix.RTA_MULTIPATH, hop), attr(unix.RTA_OIF, u16(3)), attr(99, []byte{1, 2, 3}), []byte{9, 9})),
		sent(msg(unix.RTM_NEWLINK, 5, 10, ifinfo(), attr(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, attr(unix.IFLA_INFO_KIND, []byte("bridge\x00"))))[:44]),
		received(msg(unix.NLMSG_ERROR, 0x200, 10, u32(^uint32(16)), msg(unix.RTM_NEWLINK, 5, 10, ifinfo()[:6]), []byte{0, 0}, attr(unix.NLMSGERR_ATTR_MSG, []byte("no\x00")))),
	} {
		e := DatagramEvent(d)
		tree.Event(&e)
	}
	want := `sw > RTM_NEWROUTE seq=9 REQUEST|ACK|CREATE|EXCL, 66 bytes
     0    16  nlmsghdr len=66 type=24 flags=0x605 seq=9 pid=0
    16     1  family=INET(2)
    17     1  dst_len=24
    18     1  src_len=0
    19     1  tos=0
    20     1  table=MAIN(254)
    21     1  protocol=STATIC(4)
    22     1  scope=UNIVERSE(0)
    23     1  type=UNICAST(1)
    24     4  flags=0
    28    20  RTA_MULTIPATH(9)
    32     2    len=16
    34     1    flags=0
    35     1    hops=0
    36     4    ifindex=7
    40     8    RTA_GATEWAY(5)=10.0.1.2
    48     6  RTA_OIF(4)=3(2 bytes, u32 expected)
    54     2  padding
    56     7  99(99)=0x010203
    63     1  padding
    64     2  rest=0x0909
sw > RTM_NEWLINK seq=10 REQUEST|ACK, 44 bytes (cut off: 44 of 48 bytes)
     0    16  nlmsghdr len=48 type=16 flags=0x5 seq=10 pid=0
    16     1  family=UNSPEC(0)
    17     1  padding
    18     2  type=NETROM(0)
    20     4  index=0
    24     4  flags=0
    28     4  change=0
    32    12  rest=0x100012800b00010062726964
sw < NLMSG_ERROR seq=10 request=RTM_NEWLINK, 52 bytes
     0    16  nlmsghdr len=52 type=2 flags=0x200 seq=10 pid=0
    16     4  error=EEXIST(-17)
    20    22  request RTM_NEWLINK
    20    16    nlmsghdr len=22 type=16 flags=0x5 seq=10 pid=0
    36     1    family=UNSPEC(0)
    37     1    padding
    38     2    type=NETROM(0)
    40     2    rest=0x0000
    42     2  padding
    44     7  NLMSGERR_ATTR_MSG(1)="no"
    51     1  padding
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTreeClaimsEachByte compares the rows of the fixtures' messages with
// nlspec's account of each byte: without their headers, they must have the same
// offsets and lengths.
func TestTreeClaimsEachByte(t *testing.T) {
	n := 0
	for _, name := range golden(t) {
		for _, s := range readFixture(t, name) {
			if s.remark != "" {
				continue
			}
			n++
			checkTree(t, s.datagram)
		}
	}
	if n < 100 {
		t.Errorf("only %d datagrams", n)
	}
}

func checkTree(t *testing.T, d nlspec.Datagram) {
	t.Helper()
	var decoder Decoder
	decoder.each(&d, func(m *placed) {
		l := newLiner()
		l.tree(m, 0)
		lines := strings.Split(strings.TrimSuffix(string(l.b), "\n"), "\n")[1:]
		type row struct{ offset, length, depth int }
		var rows []row
		for _, line := range lines {
			checkPrintable(t, line)
			var r row
			if _, err := fmt.Sscanf(line, "%d %d", &r.offset, &r.length); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			name := strings.TrimLeft(line[12:], " ")
			r.depth = (len(line) - 12 - len(name)) / 2
			rows = append(rows, r)
		}
		claims := map[int]nlspec.ClaimOf{}
		m.Claims(m.bytes, func(c nlspec.Claim) bool {
			claims[c.Offset] = c.Of
			return true
		})
		// A row ends where the next one begins, unless that one is inside it.
		at := 0
		for i, r := range rows {
			if r.offset != at || r.length <= 0 {
				t.Fatalf("row %d is at %d, want %d:\n%s", i, r.offset, at, l.b)
			}
			inside := i+1 < len(rows) && rows[i+1].depth > r.depth
			switch {
			case !inside:
				at += r.length
			case rows[i+1].offset == r.offset: // a request
			default:
				at += unix.NLA_HDRLEN
			}
			if _, ok := claims[r.offset]; !ok {
				t.Errorf("row %d is at %d, where no claim is:\n%s", i, r.offset, l.b)
			}
		}
		if at != len(m.bytes) {
			t.Fatalf("rows of %d bytes for a message of %d:\n%s", at, len(m.bytes), l.b)
		}
	})
}

// FuzzTree checks for any bytes what TestTreeClaimsEachByte checks for the
// fixtures.
func FuzzTree(f *testing.F) {
	for _, name := range golden(f) {
		for _, s := range readFixture(f, name) {
			if s.remark == "" {
				f.Add(uint8(s.datagram.Protocol), s.datagram.Direction == nlspec.Sent, s.datagram.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, protocol uint8, isSent bool, data []byte) {
		d := nlspec.Datagram{Protocol: int(protocol), Direction: nlspec.Received, Data: data}
		if isSent {
			d.Direction = nlspec.Sent
		}
		checkTree(t, d)
		e := DatagramEvent(d)
		var out strings.Builder
		j := NewJSON(&out)
		j.Event(&e)
		if err := j.Close(); err != nil || !json.Valid([]byte(out.String())) {
			t.Errorf("%v: no JSON: %s", err, out.String())
		}
		checkPrintable(t, strings.ReplaceAll(out.String(), "\n", ""))
		var u Unknown
		u.Event(&e)
		out.Reset()
		if _, err := u.WriteTo(&out); err != nil {
			t.Error(err)
		}
		checkPrintable(t, strings.ReplaceAll(out.String(), "\n", ""))
	})
}

func TestJSON(t *testing.T) {
	testenv.NeedLittleEndian(t)
	request := DatagramEvent(sent(msg(unix.RTM_NEWLINK, 0x605, 1<<31, ifinfo(), attr(unix.IFLA_IFNAME, []byte("a\xff\x9b\x00")), attr(unix.IFLA_MTU, u16(9)),
		attr(unix.IFLA_ADDRESS, []byte{2, 0, 0, 0, 0, 1}), attr(99, []byte{1}))))
	request.Time = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	request.PID, request.Program = 5, "ip"
	refused := DatagramEvent(received(msg(unix.NLMSG_ERROR, 0x300, 1<<31, u32(^uint32(16)), msg(unix.RTM_NEWLINK, 5, 1<<31), attr(unix.NLMSGERR_ATTR_OFFS, u32(32)))))
	var out strings.Builder
	j := NewJSON(&out)
	for _, e := range []Event{
		request, refused,
		{Op: OpSend, Errno: unix.ENOBUFS}, {Op: OpReceive, Errno: unix.EAGAIN}, {Op: OpBind}, {Op: OpExtAck, Text: "no <b>"}, {Op: OpLost, Lost: 3},
		{Op: OpFound, Socket: Socket{FD: 3, NetNS: "a\xff"}, Groups: []uint32{unix.RTNLGRP_LINK, 500}},
		DatagramEvent(sent([]byte{1, 2})),
	} {
		j.Event(&e)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"events":[
{"op":"send","time":"2026-01-02T03:04:05.000000006Z","netns":"sw","program":"ip","pid":5,"protocol":"NETLINK_ROUTE","type":"RTM_NEWLINK","type_number":16,"length":72,"flags":["NLM_F_REQUEST","NLM_F_ACK","NLM_F_CREATE","NLM_F_EXCL"],"flag_bits":1541,"seq":2147483648,"port_id":0,"header":[{"name":"family","offset":16,"value":0,"names":["AF_UNSPEC"]},{"name":"type","offset":18,"value":0,"names":["ARPHRD_NETROM"]},{"name":"index","offset":20,"value":0},{"name":"flags","offset":24,"value":0},{"name":"change","offset":28,"value":0}],"attributes":[{"name":"IFLA_IFNAME","type":3,"offset":32,"value":"a\ufffd\ufffd","data":"61ff9b00"},{"name":"IFLA_MTU","type":4,"offset":40,"value":9,"data":"0900","wants":"u32"},{"name":"IFLA_ADDRESS","type":1,"offset":48,"value":"02:00:00:00:00:01"},{"name":"99","type":99,"offset":60,"data":"01"}],"rest":"00000000"},
`
	want = strings.Replace(want, `"length":72`, fmt.Sprintf(`"length":%d`, len(request.Data)), 1)
	want = strings.Replace(want, `,"rest":"00000000"`, "", 1)
	want += `{"op":"receive","netns":"sw","protocol":"NETLINK_ROUTE","type":"NLMSG_ERROR","type_number":2,"length":44,"flags":["NLM_F_CAPPED","NLM_F_ACK_TLVS"],"flag_bits":768,"seq":2147483648,"port_id":0,"answer":{"code":-17,"errno":"EEXIST","request":"RTM_NEWLINK","request_seq":2147483648,"at":"IFLA_IFNAME"},"header":[{"name":"error","offset":16,"value":-17}],"attributes":[{"name":"NLMSGERR_ATTR_OFFS","type":2,"offset":36,"value":32}]},
{"op":"send","protocol":"NETLINK_ROUTE","errno":"ENOBUFS"},
{"op":"extack","text":"no <b>"},
{"op":"lost","lost":3},
{"op":"found","netns":"a\ufffd","netns_hex":"61ff","protocol":"NETLINK_ROUTE","fd":3,"groups":["RTNLGRP_LINK","500"]},
{"op":"send","netns":"sw","protocol":"NETLINK_ROUTE","data":"0102"}
]}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var doc struct {
		Version int
		Events  []map[string]any
	}
	if err := json.Unmarshal([]byte(out.String()), &doc); err != nil || doc.Version != 1 || len(doc.Events) != 7 {
		t.Errorf("%v, %+v", err, doc)
	}
	out.Reset()
	j = NewJSON(&out)
	if err := j.Close(); err != nil || out.String() != "{\"version\":1,\"events\":[]}\n" {
		t.Errorf("nothing is %q, %v", out.String(), err)
	}
}

// jsonTree is a value in JSON.
type jsonTree struct {
	Name   string
	Offset int
	Value  any
	Names  []string
	Data   string
	Inside []jsonTree
}

// TestJSONAgreesWithDecode compares JSON's output for the fixtures with the
// trees of Decode.
func TestJSONAgreesWithDecode(t *testing.T) {
	compared := 0
	var same func(path string, values []Value, list []jsonTree)
	same = func(path string, values []Value, list []jsonTree) {
		if len(values) != len(list) {
			t.Errorf("%s: %d values, %d in JSON", path, len(values), len(list))
			return
		}
		for i, v := range values {
			j, at := list[i], path+"/"+v.Name
			want := v.Content
			switch c := want.(type) {
			case uint64:
				want = json.Number(fmt.Sprint(c))
			case int64:
				want = json.Number(fmt.Sprint(c))
			case fmt.Stringer:
				want = c.String()
			case string:
				want = strings.ToValidUTF8(c, "\ufffd")
			}
			if j.Name != v.Name || j.Offset != v.Offset || j.Value != want || !slices.Equal(j.Names, v.Names) ||
				v.Content == nil && v.Fields == nil && j.Data != hex.EncodeToString(v.Data) {
				t.Errorf("%s is %+v, in JSON %+v", at, v, j)
			}
			compared++
			same(at, v.Fields, j.Inside)
		}
	}
	for _, name := range golden(t) {
		for _, s := range readFixture(t, name) {
			if s.remark != "" {
				continue
			}
			var out bytes.Buffer
			e := DatagramEvent(s.datagram)
			j := NewJSON(&out)
			j.Event(&e)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			var doc struct {
				Events []struct{ Header, Attributes []jsonTree }
			}
			d := json.NewDecoder(&out)
			d.UseNumber()
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			var decoder Decoder
			messages, _ := decoder.Decode(&e)
			if len(messages) != len(doc.Events) {
				t.Fatalf("%d messages, %d in JSON", len(messages), len(doc.Events))
			}
			for i, m := range messages {
				same(m.Name, m.Fields, doc.Events[i].Header)
				same(m.Name, m.Attrs, doc.Events[i].Attributes)
			}
		}
	}
	if compared < 10000 {
		t.Errorf("only %d values", compared)
	}
}

func TestUnknown(t *testing.T) {
	testenv.NeedLittleEndian(t)
	var u Unknown
	link := func(attrs ...[]byte) nlspec.Datagram {
		return sent(msg(unix.RTM_NEWLINK, 5, 1, append([][]byte{ifinfo()}, attrs...)...))
	}
	other := sent(msg(99, 5, 1, []byte{1, 2, 3, 4}))
	other.Protocol = unix.NETLINK_XFRM
	command := sent(msg(unix.GENL_ID_CTRL, 5, 1, []byte{99, 2, 0, 0}))
	command.Protocol = unix.NETLINK_GENERIC
	uevent := received([]byte("add@/devices/x\x00ACTION=add\x00"))
	uevent.Protocol = unix.NETLINK_KOBJECT_UEVENT
	for _, d := range []nlspec.Datagram{
		link(attr(unix.IFLA_MTU, u32(1500))),
		link(attr(unix.IFLA_MTU, u16(1500))), link(attr(unix.IFLA_MTU, u16(1501))),
		link(attr(unix.IFLA_LINKINFO, attr(77, []byte{1})), []byte{1, 0}),
		link(attr(999)),
		sent(msg(unix.RTM_NEWADDR, 0x8005, 1, []byte{2, 0, 0, 0, 0, 0, 0, 0}, attr(unix.IFA_FLAGS, u32(1<<31)))),
		other, command, sent([]byte{1, 2, 3}), uevent,
	} {
		e := DatagramEvent(d)
		u.Event(&e)
	}
	var out strings.Builder
	if _, err := u.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	want := `      2  RTM_NEWLINK IFLA_MTU: 2 bytes, u32 expected
      1  NETLINK_ROUTE: no message
      1  NETLINK_XFRM 99: bytes left
      1  NETLINK_XFRM 99: type
      1  RTM_NEWADDR IFA_FLAGS: bits 0x80000000
      1  RTM_NEWADDR: flags 0x8000
      1  RTM_NEWLINK 999: attribute
      1  RTM_NEWLINK IFLA_LINKINFO/77: attribute
      1  RTM_NEWLINK: bytes left
      1  nlctrl:99: type
11 unknown in 8 messages
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUevent(t *testing.T) {
	var out strings.Builder
	tracer := NewTracer(&out)
	d := received([]byte("add@/devices/virtual/net/a0\x00ACTION=add\x00NAME=\x1b[31m\x00"))
	d.Protocol, d.Multicast = unix.NETLINK_KOBJECT_UEVENT, true
	tracer.Observe(d)
	if want := `sw * uevent "add@/devices/virtual/net/a0" "ACTION=add" "NAME=\x1b[31m"` + "\n"; out.String() != want {
		t.Errorf("got %s, want %s", out.String(), want)
	}
}
