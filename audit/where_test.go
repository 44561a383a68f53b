package audit

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// whereEvents returns a batch of two requests, the answers to them, a
// notification, and a failed call.
func whereEvents() []Event {
	add := func(seq uint32, name string) []byte {
		return msg(unix.RTM_NEWLINK, 0x605, seq, ifinfo(), attr(unix.IFLA_IFNAME, []byte(name+"\x00")), attr(unix.IFLA_MTU, u32(1500)),
			attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte("veth\x00"))))
	}
	first := sent(append(add(1, "a b"), add(2, "p2")...))
	address := sent(msg(unix.RTM_NEWADDR, 0x605, 3, []byte{unix.AF_INET, 24, 0, 0, 7, 0, 0, 0}, attr(unix.IFA_LOCAL, []byte{10, 0, 0, 1}), attr(unix.IFA_FLAGS, u32(0x82))))
	exists := received(msg(unix.NLMSG_ERROR, 0x100, 2, u32(^uint32(16)), msg(unix.RTM_NEWLINK, 0x605, 2)))
	ack := received(msg(unix.NLMSG_ERROR, 0x100, 1, u32(0), msg(unix.RTM_NEWLINK, 0x605, 1)))
	note := received(msg(unix.RTM_NEWLINK, 0, 0, ifinfo(), attr(unix.IFLA_IFNAME, []byte("p2\x00"))))
	note.Multicast, note.NetNS = true, "other"
	var events []Event
	for _, d := range []nlspec.Datagram{first, exists, ack, note, address} {
		e := DatagramEvent(d)
		e.PID, e.Program = 5, "ip"
		events = append(events, e)
	}
	failed := Event{Op: OpReceive, Errno: unix.ENOBUFS, Process: Process{PID: 5, Program: "ip"}, Socket: Socket{NetNS: "sw", FD: -1}, Room: -1}
	return append(events, failed)
}

func TestWhere(t *testing.T) {
	testenv.NeedLittleEndian(t)
	all := []string{"> 1", "> 2", "< 2", "< 1", "* 0", "> 3", "failed"}
	for _, tt := range []struct {
		where string
		want  string
	}{
		{"type=RTM_NEWLINK", "> 1,> 2,< 2,< 1,* 0"},
		{"type=16", "> 1,> 2,< 2,< 1,* 0"},
		{"type=RTM_NEWLINK and error", "< 2"},
		{"type = NLMSG_ERROR", "< 2,< 1"},
		{"error", "< 2,failed"},
		{"error=EEXIST", "< 2"},
		{"error=ENOBUFS", "failed"},
		{"error!=EEXIST and error", "failed"},
		{"not type=RTM_NEWLINK", "> 3,failed"},
		{"not not (type=RTM_NEWADDR)", "> 3"},
		{"dir=sent", "> 1,> 2,> 3"},
		{"dir=received", "< 2,< 1,failed"},
		{"dir=multicast", "* 0"},
		{"netns=other", "* 0"},
		{"netns!=other and dir!=sent", "< 2,< 1,failed"},
		{"pid=5 and program=ip and protocol=ROUTE", strings.Join(all, ",")},
		{"pid>5", ""},
		{"seq>=2", "> 2,< 2,> 3"},
		{"seq<2", "> 1,< 1,* 0"},
		{"seq!=2 and size>=0x40", "> 1"},
		{"family=INET", "> 3"},
		{"family=AF_INET or family=7", "> 3"},
		{"family=NFPROTO_ARP or family=RTNL_FAMILY_IPMR or family=INET6", ""},
		{"family=0", "> 1,> 2,* 0"},
		{`ifname="a b"`, "> 1"},
		{"ifname='p2'", "> 2,* 0"},
		{"attr IFLA_MTU", "> 1,> 2"},
		{"attr IFLA_MTU=1500 and attr IFLA_INFO_KIND=veth", "> 1,> 2"},
		{"attr IFLA_MTU=0x5dc", "> 1,> 2"},
		{"attr IFLA_MTU!=1500", ""},
		{"attr IFLA_INFO_KIND!=bridge", "> 1,> 2"},
		{"attr IFA_LOCAL=10.0.0.1", "> 3"},
		{"attr IFA_FLAGS=NODAD", "> 3"},
		{"attr IFA_FLAGS=IFA_F_PERMANENT", "> 3"},
		{"attr IFA_FLAGS=0x82", "> 3"},
		{"attr 99", ""},
		{"error or dir=multicast and seq=0", "< 2,* 0,failed"},
		{"(error or dir=multicast) and seq=0", "* 0"},
	} {
		w, err := ParseWhere(tt.where, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.where, err)
			continue
		}
		var out strings.Builder
		tracer := NewTracer(&out)
		tracer.Where = w
		for _, e := range whereEvents() {
			tracer.Event(&e)
		}
		var got []string
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "receive failed: ENOBUFS(-105)") {
				got = append(got, "failed")
				continue
			}
			_, line, _ = strings.Cut(line, " ") // the namespace
			_, seq, _ := strings.Cut(line, "seq=")
			got = append(got, line[:2]+seq[:1])
		}
		if strings.Join(got, ",") != tt.want {
			t.Errorf("%s:\n got %s\nwant %s\n%s", tt.where, strings.Join(got, ","), tt.want, out.String())
		}
	}
	// Messages that others decoded can be tested too.
	w, err := ParseWhere("type=RTM_NEWLINK and error", nil)
	if err != nil {
		t.Fatal(err)
	}
	e := whereEvents()[1]
	messages, _ := Decode(e.Protocol, e.Data)
	if !w.Matches(&e, &messages[0]) {
		t.Error("an error does not match")
	}
}

func TestWhereErrors(t *testing.T) {
	const fields = "the fields are attr, type, protocol, netns, program, pid, seq, size, error, dir, family, ifname"
	for _, tt := range []struct{ where, want string }{
		{"", "column 1: want a field, got the end"},
		{"  ", "column 3: want a field, got the end"},
		{"typ=1", `column 1: "typ" is not a field; ` + fields},
		{"type", "column 5: want = or != after type, got the end"},
		{"type=", "column 6: want a value, got the end"},
		{"type=(", `column 6: want a value, got "("`},
		{"type<3", "column 5: type can be compared with = and !=, not with <"},
		{"type=RTM_NEWLNK", `column 6: type is the name or the number of a message type, not "RTM_NEWLNK"`},
		{"type=65536", `column 6: type is the name or the number of a message type, not "65536"`},
		{"type=-1", `column 6: type is the name or the number of a message type, not "-1"`},
		{"type=99999999999999999999", `column 6: type is the name or the number of a message type, not "99999999999999999999"`},
		{"family=FOO", `column 8: family is an address family, such as INET, or its number, not "FOO"`},
		{"family=256", `column 8: family is an address family, such as INET, or its number, not "256"`},
		{"protocol=TCP", `column 10: protocol is a netlink protocol, such as ROUTE or GENERIC, not "TCP"`},
		{"error=EWHAT", `column 7: error is the name of an error, such as EEXIST, not "EWHAT"`},
		{"dir=up", `column 5: dir is sent, received or multicast, not "up"`},
		{"seq=x", `column 5: seq is a number, not "x"`},
		{"seq=1 seq=2", `column 7: want and, or, or the end, got "seq"`},
		{"é seq=1", `column 1: "é" is not a field; ` + fields},
		{"netns='é' und", `column 11: want and, or, or the end, got "und"`},
		{"(seq=1", "column 7: want ), got the end"},
		{"seq=1)", `column 6: want and, or, or the end, got ")"`},
		{"seq=1 and", "column 10: want a field, got the end"},
		{"not", "column 4: want a field, got the end"},
		{"attr", "column 5: want the name of an attribute, got the end"},
		{"attr IFLA_MTUU", `column 6: no attribute is called "IFLA_MTUU"`},
		{"attr IFLA_MTU=", "column 15: want a value, got the end"},
		{`netns="a`, "column 7: a quote that does not end"},
		{`"seq"=1`, `column 1: "seq" is not a field; ` + fields},
		{strings.Repeat("(", 200), "column 102: more than 100 nested parentheses and nots"},
		{strings.Repeat("not ", 200), "column 405: more than 100 nested parentheses and nots"},
	} {
		if _, err := ParseWhere(tt.where, nil); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.where, err, tt.want)
		}
	}
	for _, name := range []string{"NFTA_TABLE_NAME", "NFTA_EXPR_DATA", "CTRL_ATTR_FAMILY_ID", "NLMSGERR_ATTR_MSG", "TCA_HTB_PARMS", "RTAX_MTU"} {
		if _, err := ParseWhere("attr "+name, nil); err != nil {
			t.Error(err)
		}
	}
	if _, err := ParseWhere("attr rx-max=3", func(name string) bool { return name == "rx-max" }); err != nil {
		t.Error(err)
	}
}

// FuzzWhere parses any condition, and tests messages with it.
func FuzzWhere(f *testing.F) {
	for _, text := range []string{
		"type=RTM_NEWLINK and error", `not (family=INET6 or ifname="a b") and size>=10`, "attr IFLA_MTU=1500", "pid!=3 or seq<0x5", "dir=sent", "netns='",
		"error!=EEXIST", "protocol=16 and attr 3='\\'",
	} {
		f.Add(text)
	}
	events := whereEvents()
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWhere(text, nil)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "column ") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		for i := range events {
			w.matches(&events[i], nil)
			messages, _ := Decode(events[i].Protocol, events[i].Data)
			for k := range messages {
				w.Matches(&events[i], &messages[k])
			}
		}
	})
}
