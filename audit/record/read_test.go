package record

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"

	"github.com/nslab/nslab/internal/testenv"
)

var update = flag.Bool("update", false, "write the golden files of testdata/ anew")

// TestGolden reads recordings that strace, rtmon, tcpdump and dumpcap made, and compares the events with JSON lines that were looked through
// once.
func TestGolden(t *testing.T) {
	testenv.NeedLittleEndian(t)
	for _, name := range []string{"veth.strace", "threads.strace", "mmsg.strace", "plain.strace", "links.rtmon", "nlmon.pcap", "nlmon.pcapng", "sll.pcap", "sll2.pcap"} {
		file := filepath.Join("testdata", name)
		got := writeJSON(t, readFile(t, file, Options{}))
		if *update {
			if err := os.WriteFile(file+".jsonl", got, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// bigEndian writes a file of the other format and byte order than this machine's.
type bigEndian struct{ b []byte }

func (w *bigEndian) u16(v ...uint16) *bigEndian {
	for _, n := range v {
		w.b = other.AppendUint16(w.b, n)
	}
	return w
}

func (w *bigEndian) u32(v ...uint32) *bigEndian {
	for _, n := range v {
		w.b = other.AppendUint32(w.b, n)
	}
	return w
}

func (w *bigEndian) bytes(b ...byte) *bigEndian {
	w.b = append(w.b, b...)
	return w
}

// other is the byte order that this machine has not.
var other = func() interface {
	binary.ByteOrder
	binary.AppendByteOrder
} {
	if hostOrder == "little" {
		return binary.BigEndian
	}
	return binary.LittleEndian
}()

// cooked is a packet's header of LINKTYPE_NETLINK or LINKTYPE_LINUX_SLL.
func cooked(typ, device, protocol uint16) []byte {
	b := binary.BigEndian.AppendUint16(nil, typ)
	b = binary.BigEndian.AppendUint16(b, device)
	b = append(b, make([]byte, 10)...)
	return binary.BigEndian.AppendUint16(b, protocol)
}

func TestPcapReader(t *testing.T) {
	file := func(magic, linktype uint32) *bigEndian {
		w := &bigEndian{}
		return w.u32(magic).u16(2, 4).u32(0, 0, 65535, linktype)
	}
	packet := func(w *bigEndian, sec, frac uint32, data ...byte) *bigEndian {
		return w.u32(sec, frac, uint32(len(data)), uint32(len(data))).bytes(data...)
	}
	sent := append(cooked(unix.PACKET_OUTGOING, unix.ARPHRD_NETLINK, unix.NETLINK_GENERIC), 0, 0, 0, 20, 0, 18, 0, 1)
	answer := append(cooked(unix.PACKET_OUTGOING, unix.ARPHRD_NETLINK, unix.NETLINK_GENERIC), 0, 0, 0, 20, 0, 18, 0, 2) // from nlmon
	user := append(cooked(packetUser, unix.ARPHRD_NETLINK, unix.NETLINK_ROUTE), 5)
	ether := append(cooked(0, unix.ARPHRD_ETHER, 0x800), 6)
	group := append(cooked(unix.PACKET_MULTICAST, unix.ARPHRD_NETLINK, 0), 7)
	sll2 := []byte{0, 16, 0, 0, 0, 0, 0, 1, 0x03, 0x38, packetKernel, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8}

	want := []*audit.Event{
		event(audit.OpSend, unix.NETLINK_GENERIC, time.Unix(7, 5000).UTC(), 0, 0, 0, 20, 0, 18, 0, 1),
		event(audit.OpReceive, unix.NETLINK_GENERIC, time.Time{}, 0, 0, 0, 20, 0, 18, 0, 2),
		event(audit.OpReceive, unix.NETLINK_ROUTE, time.Time{}, 5),
		event(audit.OpReceive, unix.NETLINK_ROUTE, time.Time{}, 7),
	}
	want[3].Multicast = true
	check := func(name string, text []byte, want ...*audit.Event) {
		t.Helper()
		r, err := Open(bytes.NewReader(text), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := readAll(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var w []audit.Event
		for _, e := range want {
			w = append(w, *e)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	micro := packet(packet(packet(packet(packet(file(pcapMagicMicro, linktypeNetlink), 7, 5, sent...), 0, 0, answer...), 0, 0, user...), 0, 0, ether...), 0, 0, group...)
	check("microseconds", micro.b, want...)
	nano := packet(packet(packet(packet(file(pcapMagicNano, linktypeLinuxSLL), 7, 5000, sent...), 0, 0, answer...), 0, 0, user...), 0, 0, group...)
	check("nanoseconds", nano.b, want...)
	check("SLL2", packet(file(pcapMagicNano, 1<<28|linktypeLinuxSLL2), 0, 0, sll2...).b, event(audit.OpSend, unix.NETLINK_GENERIC, time.Time{}, 8))
	check("no packets", file(pcapMagicMicro, linktypeNetlink).b)
	short := func(at, n int) *audit.Event {
		e := lostEvent(1, time.Time{})
		e.Text = fmt.Sprintf("offset %d: of a packet %d bytes were captured, and its header has 16", at, n)
		return &e
	}
	check("packets cut off within the header, and what follows", packet(packet(packet(file(pcapMagicMicro, 253), 0, 0), 0, 0, sent[:10]...), 0, 0, user...).b,
		short(24, 0), short(40, 10), want[2])
	check("a packet whose length was not known", file(pcapMagicMicro, 253).u32(0, 0, 17, 0).bytes(user...).b, want[2])

	for _, tt := range []struct {
		name string
		text []byte
		want string
	}{
		{"Ethernet", file(pcapMagicMicro, 1).b, "offset 20: link type 1 holds no netlink: wanted are NETLINK (253), LINUX_SLL (113), LINUX_SLL2 (276)"},
		{"version", (&bigEndian{}).u32(pcapMagicMicro).u16(3, 0).u32(0, 0, 0, 253).b, "offset 4: version 3.0 of the pcap format is not known"},
		{"half a header", file(pcapMagicMicro, 253).b[:20], "offset 0: the file ends within the file's header: 20 of 24 bytes"},
		{"half a record", file(pcapMagicMicro, 253).u32(1).b, "offset 24: the file ends within a packet's header: 4 of 16 bytes"},
		{"no packet", file(pcapMagicMicro, 253).u32(1, 1, 5, 5).b, "offset 40: the file ends within a packet"},
		{"half a packet", file(pcapMagicMicro, 253).u32(1, 1, 5, 5).bytes(1, 2).b, "offset 40: the file ends within a packet: 2 of 5 bytes"},
		{"a huge packet", file(pcapMagicMicro, 253).u32(1, 1, 1<<31, 1<<31).b, "offset 32: a packet of 2147483648 bytes; at most 16777216 are read"},
		{"a large packet that is not there", file(pcapMagicMicro, 253).u32(1, 1, 1<<24, 1<<24).bytes(1).b, "offset 40: the file ends within a packet: 1 of 16777216 bytes"},
	} {
		if _, err := readAll(NewPcapReader(bytes.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}

func TestPcapngReader(t *testing.T) {
	block := func(typ uint32, body func(w *bigEndian)) []byte {
		w := &bigEndian{}
		body(w)
		for len(w.b)%4 != 0 {
			w.bytes(0)
		}
		n := uint32(len(w.b) + 12)
		return (&bigEndian{}).u32(typ, n).bytes(w.b...).u32(n).b
	}
	section := block(blockSection, func(w *bigEndian) { w.u32(byteOrderMagic).u16(1, 0).u32(^uint32(0), ^uint32(0)) })
	iface := func(linktype uint16, options ...byte) []byte {
		return block(blockInterface, func(w *bigEndian) { w.u16(linktype, 0).u32(0).bytes(options...) })
	}
	packet := append(cooked(0, unix.ARPHRD_NETLINK, unix.NETLINK_ROUTE), 1, 2)
	enhanced := func(id, high, low uint32, options ...byte) []byte {
		return block(blockPacket, func(w *bigEndian) {
			w.u32(id, high, low, uint32(len(packet)), uint32(len(packet))).bytes(packet...).bytes(0, 0).bytes(options...)
		})
	}
	option := func(code uint16, value ...byte) []byte {
		b := (&bigEndian{}).u16(code, uint16(len(value))).bytes(value...)
		for len(b.b)%4 != 0 {
			b.bytes(0)
		}
		return b.b
	}
	u64 := func(n uint64) []byte { return other.AppendUint64(nil, n) }
	u32 := func(n uint32) []byte { return other.AppendUint32(nil, n) }

	own := func() []byte {
		var b bytes.Buffer
		w, err := NewPcapngWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range everything() {
			if err := w.Write(&e); err != nil {
				t.Fatal(err)
			}
		}
		e := event(audit.OpReceive, 0, time.Unix(0, 1).UTC(), 5)
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}()

	text := slices.Concat(section,
		iface(1), iface(linktypeNetlink, slices.Concat(option(optName, []byte("a/b/3")...), option(optTSResol, 3), option(optTSOffset, u64(100)...))...),
		enhanced(0, 0, 0), // of an interface that is not netlink's
		enhanced(1, 0, 1500, slices.Concat(option(optComment, []byte("hello")...), option(optFlags, u32(flagInbound|flagMulticast)...), option(optDropCount, u64(7)...), option(optEnd))...),
		block(0xbad, func(w *bigEndian) { w.u32(1, 2, 3) }),
		block(blockStatistics, func(w *bigEndian) { w.u32(1, 0, 2000).bytes(option(optOSDrop, u64(4)...)...) }),
		section, iface(linktypeNetlink),
		enhanced(0, 1, 0, option(optFlags, u32(flagOutbound)...)...),
		block(blockSimple, func(w *bigEndian) { w.u32(uint32(len(packet))).bytes(packet...) }),
		block(blockOldPacket, func(w *bigEndian) {
			w.u16(0, 3).u32(0, 5, uint32(len(packet)), uint32(len(packet))+2).bytes(packet...)
		}),
		own,
	)
	r, err := Open(bytes.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(r)
	if err != nil {
		t.Fatal(err)
	}
	lost := func(n int, at time.Time) *audit.Event {
		e := lostEvent(n, at)
		return &e
	}
	first := event(audit.OpReceive, 0, time.Unix(101, 500e6).UTC(), 1, 2)
	first.NetNS, first.Multicast = "a/b/3", true
	stats := lost(4, time.Unix(102, 0).UTC())
	stats.NetNS = "a/b/3"
	last := event(audit.OpReceive, 0, time.Unix(0, 5000).UTC(), 1, 2)
	last.Length = 4
	all := everything()
	send, receive := all[5], all[6]
	send.Took, send.TID, send.FD, send.Flags = 0, 0, -1, 0
	receive = audit.Event{
		Op: receive.Op, Time: receive.Time, Process: send.Process, Socket: send.Socket, Room: -1, Length: receive.Length, Data: receive.Data, Multicast: true,
	}
	want := []*audit.Event{
		lost(7, first.Time), first, stats,
		event(audit.OpSend, 0, time.UnixMicro(1<<32).UTC(), 1, 2),
		event(audit.OpReceive, 0, time.Time{}, 1, 2),
		lost(3, last.Time), last,
		&send, &receive,
		lost(3, time.Unix(0, 1).UTC()), event(audit.OpReceive, 0, time.Unix(0, 1).UTC(), 5),
	}
	var list []audit.Event
	for _, e := range want {
		list = append(list, *e)
	}
	if diff := cmp.Diff(list, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for _, tt := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "the capture file is empty"},
		{"no section", iface(253), "offset 0: a pcapng file begins with a section header"},
		{"Ethernet", slices.Concat(section, iface(1)), "link type 1 holds no netlink: wanted are NETLINK (253), LINUX_SLL (113), LINUX_SLL2 (276)"},
		{"an odd length", slices.Concat(section, (&bigEndian{}).u32(6, 13).b), "offset 32: a block of 13 bytes; its length is a multiple of 4 from 12 on"},
		{"a huge block", slices.Concat(section, (&bigEndian{}).u32(6, 1<<31).b), "offset 32: a block of 2147483648 bytes; at most 16842752 are read"},
		{"the end", slices.Concat(section, (&bigEndian{}).u32(6, 100).b), "offset 36: the file ends within a block"},
		{"an unknown block's end", slices.Concat(section, (&bigEndian{}).u32(77, 1<<31).b), "offset 36: the file ends within a block"},
		{"two lengths", slices.Concat(section, (&bigEndian{}).u32(6, 16, 1, 12).b), "offset 32: a block says 16 bytes at its start and 12 at its end"},
		{"no interface", slices.Concat(section, enhanced(0, 0, 0)), "offset 28: a packet of interface 0, of which there are 0"},
		{"magic", slices.Concat(section[:8], []byte{1, 2, 3, 4}), "offset 8: 0x1020304 is no byte-order magic of a section"},
		{"too little", slices.Concat(section, iface(253), block(blockPacket, func(w *bigEndian) { w.u32(0, 0, 0, 99, 99) })), "offset 48: a packet of 99 bytes in a block with 0"},
		{"an option of a section", block(blockSection, func(w *bigEndian) { w.u32(byteOrderMagic).u16(1, 0).u32(^uint32(0), ^uint32(0)).u16(4, 9).u32(0) }),
			"offset 0: option 4 of 9 bytes, of which its block has 4"},
		{"an option of an interface", slices.Concat(section, iface(253, option(optName, 1, 2, 3, 4)[:4]...)), "offset 28: option 2 of 4 bytes, of which its block has 0"},
		{"an option of a packet", slices.Concat(section, iface(253), enhanced(0, 0, 0, (&bigEndian{}).u16(1, 65535).b...)),
			"offset 48: option 1 of 65535 bytes, of which its block has 0"},
		{"an option of statistics", slices.Concat(section, iface(253), block(blockStatistics, func(w *bigEndian) { w.u32(0, 0, 0).u16(5, 8).u32(0) })),
			"offset 48: option 5 of 8 bytes, of which its block has 4"},
		{"too many interfaces", slices.Concat(section, bytes.Repeat(iface(253), maxInterfaces+1)), "offset 1310748: a section with more than 65536 interfaces"},
		{"a short block", slices.Concat(section, iface(253), block(blockPacket, func(w *bigEndian) { w.u32(0) })), "offset 48: a packet's block with 4 bytes, which has 20 at least"},
	} {
		if _, err := readAll(NewPcapngReader(bytes.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}

// TestLongLabel has a name of an interface that is longer than any namespace's.
func TestLongLabel(t *testing.T) {
	for _, ours := range []bool{false, true} {
		p := &pcapngReader{order: binary.LittleEndian, ours: ours}
		name := strings.Repeat("n", 60000)
		if ours {
			name = strings.Repeat("n", 2000) + "/" + strings.Repeat("p", 2000) + "/1"
		}
		if err := p.addInterface(appendOption([]byte{linktypeNetlink, 0, 0, 0, 0, 0, 0, 0}, optName, []byte(name))); err != nil {
			t.Fatal(err)
		}
		e := p.interfaces[0].event
		if want := strings.Repeat("n", 253) + "..."; e.NetNS != want || ours && e.Program != strings.Repeat("p", 253)+"..." {
			t.Errorf("ours %v: %d bytes, %d bytes", ours, len(e.NetNS), len(e.Program))
		}
	}
}

// TestLines holds what text is refused, and that it is before it is read whole.
func TestLines(t *testing.T) {
	endless := func(c byte) *repeated { return &repeated{c: c, left: maxLine + 1<<20} }
	for _, tt := range []struct {
		name   string
		text   io.Reader
		format string
		most   int // bytes read
		want   string
	}{
		{"NUL bytes", endless(0), "jsonl", 1 << 20, `line 1: column 1: a line is a JSON object, {...}, and this one begins with "\x00"`},
		{"NUL bytes", endless(0), "strace", 1 << 20, "line 1: column 1: a NUL byte, which no text has"},
		{"NUL bytes", endless(0), "hex", 1 << 20, "line 1: column 1: a NUL byte, which no text has"},
		{"a NUL byte later", strings.NewReader("14\n" + strings.Repeat("1", 1<<19) + "\x00"), "hex", 1 << 20, "line 2: column 524289: a NUL byte, which no text has"},
		{"no JSON", endless('a'), "jsonl", 1 << 20, `line 1: column 1: a line is a JSON object, {...}, and this one begins with "a"`},
		{"a long line", endless('1'), "hex", maxLine + 1<<20, "line 1: it is longer than 83886080 bytes"},
	} {
		counted := &counter{r: tt.text}
		r, err := Open(counted, Options{Format: tt.format})
		if err == nil {
			_, err = readAll(r)
		}
		if err == nil || err.Error() != tt.want || counted.n > tt.most {
			t.Errorf("%s as %s: %d bytes were read\n got %v\nwant %s", tt.name, tt.format, counted.n, err, tt.want)
		}
	}
}

// repeated is one byte many times.
type repeated struct {
	c    byte
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := min(len(p), r.left)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		p[i] = r.c
	}
	r.left -= n
	return n, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestInterfaceNames has names of any bytes come back.
func TestInterfaceNames(t *testing.T) {
	for _, name := range []string{"", "sw", "lab/h1", "100%", "%2F", "a\xff\n\u00e9 b"} {
		e, got := blank(), blank()
		e.NetNS, e.Program, e.PID = name, name, 5
		if !parseInterfaceName(&got, interfaceName(&e)) || !cmp.Equal(e, got) {
			t.Errorf("%q is written %q and read %+v", name, interfaceName(&e), got)
		}
	}
	for _, name := range []string{"eth0", "a/b", "a/b/c/1", "a/b/-1", "%4/b/1", "%zz/b/1"} {
		got := blank()
		if parseInterfaceName(&got, name) {
			t.Errorf("%q is read as %+v", name, got)
		}
	}
}

func TestRtmonErrors(t *testing.T) {
	stamp := func(n uint32) []byte {
		b := binary.NativeEndian.AppendUint32(nil, n)
		b = binary.NativeEndian.AppendUint16(b, rtmonStamp)
		return append(b, make([]byte, 18)...)
	}
	for _, tt := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "the file is empty"},
		{"no time", append([]byte{16, 0, 0, 0, 16, 0}, make([]byte, 10)...), "offset 0: a file of rtmon begins with the time, and this one does not"},
		{"half a header", append(stamp(24), 1, 2), "offset 24: the file ends within a message's header: 2 of 16 bytes"},
		{"a short message", append(stamp(24), make([]byte, 16)...), "offset 24: a message of 0 bytes; it has 16 to 16777216"},
		{"half a message", append(stamp(24), stamp(25)[:20]...), "offset 24: the file ends within a message: 20 of 28 bytes"},
		{"a wrong time", slices.Concat(stamp(24), stamp(20)), "offset 24: a time of 20 bytes, which has 24"},
	} {
		testenv.NeedLittleEndian(t)
		if _, err := readAll(NewRtmonReader(bytes.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}

func TestStraceErrors(t *testing.T) {
	const socket = "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3\n"
	for _, tt := range []struct{ text, want string }{
		{"", "no line is a call as strace writes it"},
		{"hello\n", "no line is a call as strace writes it"},
		{socket + `sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20`,
			"line 2: strace shows no dump of the 20 bytes, and what it shows by name cannot be read back; run it with -e read=all -e write=all"},
		{"sendto(3<NETLINK:[12]>, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{socket + "sendto(3, [{nlmsg_len=20\n", "line 2: sendto( has no end on this line"},
		{socket + "sendto(3, [], 20, 0, NULL, 0) = 20\n | 00000  20 0x\n", "line 3: column 15: a dump has pairs of hexadecimal digits"},
		{socket + "sendto(0x3, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n", "line 2: the arguments of sendto are raw, which cannot be read; run strace without -e raw"},
		{"socket(0x10, 0x80003, 0x10) = 0xb\n7 recvmsg(0xb, 0x7ffe1bceb260, 0) = 0x2c\n", "line 2: the arguments of recvmsg are raw, which cannot be read; run strace without -e raw"},
		{"recvmsg(0xb, 0x7ffe1bceb260, 0) = 0x2c\nsendto(0xb, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n",
			"line 1: the arguments of recvmsg are raw, which cannot be read; run strace without -e raw"},
		{"sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{"recvmsg(3, {msg_name={sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, msg_namelen=12}, 0) = 20\n",
			"line 1: the protocol of descriptor 3 is not known; run strace with -yy, or from before the socket is opened"},
		{"socket(AF_NETLINK, SOCK_RAW, NETLINK_NEW) = 3\n", `line 1: netlink protocol "NETLINK_NEW" is not known`},
	} {
		if _, err := readAll(NewStraceReader(strings.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
	// Calls that are not netlink's, that did not return or that strace saw the end of alone are left out.
	for _, text := range []string{
		"socket(AF_INET, SOCK_STREAM, 0) = 3\nsendto(3, \"x\", 1, 0, NULL, 0) = 1\n",
		socket + "socket(AF_UNIX, SOCK_STREAM, 0) = 3\nsendto(3, \"x\", 1, 0, NULL, 0) = 1\n",
		"sendto(3<TCP:[127.0.0.1:80->127.0.0.1:90]>, \"x\", 1, 0, NULL, 0) = 1\n",
		"sendto(4</tmp/a[b>, \"x\", 1) = 1\n",
		socket + "recvmsg(3, {msg_name=0x7ffd, msg_namelen=12}, 0) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n",
		"1 <... recvmsg resumed>{msg_name=NULL}, 0) = 20\n | 00000  14 00\n",
		"socket(0x2, 0x1, 0) = 0x3\nsendto(0x3, 0x7ffe1bceb260, 0x20, 0, 0, 0) = 0x20\n",
		socket + "close(0x3) = 0\nread(0x3, 0x7ffe1bceb260, 0x20) = 0x20\n",
		"write(1, \"[{nlmsg_len=20}], {sa_family=AF_NETLINK\", 40) = 40\n",
		"read(0, \"a\", 1) = 1\n | 00000  61                                                a                |\n",
	} {
		events, err := readAll(NewStraceReader(strings.NewReader(text)))
		events = slices.DeleteFunc(events, func(e audit.Event) bool { return e.Op == audit.OpSocket || e.Op == audit.OpClose })
		if err != nil || len(events) != 0 {
			t.Errorf("%s: %v, %v", text, events, err)
		}
	}
}

// TestStraceLine has what strace's options put before a call.
func TestStraceLine(t *testing.T) {
	for _, before := range []string{
		"", "7  ", "[pid     7] ", "7<ip> ", "16:37:27.123456 ", "     0.000094 ", "16:37:27 (+     0.000345) ", "[  41] ", "[00007f3895b32d6a] ", "[????????????????] ",
		"3711       0.000192 [  54] [00007f3895b32d6a] ", "[pid  7] 1796049611.086568 [  54] ",
	} {
		l := parseStraceLine(before + "sendto(3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20")
		if l.name != "sendto" || l.text != "3, [{nlmsg_len=20}], 20, 0, NULL, 0) = 20" {
			t.Errorf("%q: %+v", before, l)
		}
		if l := parseStraceLine(before + "<... sendto resumed>) = 20"); l.name != "sendto" || !l.resumed {
			t.Errorf("%q resumed: %+v", before, l)
		}
	}
}

func TestHex(t *testing.T) {
	testenv.NeedLittleEndian(t)
	data := []byte{20, 0, 0, 0, 18, 0, 1, 3, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0}
	done := []byte{20, 0, 0, 0, 3, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	long := append([]byte{36, 0, 0, 0, 18, 0, 1, 3}, make([]byte, 28)...)
	for _, tt := range []struct {
		text string
		want [][]byte
	}{
		{"1400000012000103050000000000000007000000", [][]byte{data}},
		{"14000000 12000103 05000000 00000000 07000000\n", [][]byte{data}},
		{"14 00 00 00 12 00 01 03\n05 00 00 00 00 00 00 00 07 00 00 00\n", [][]byte{data}},
		{"14:00:00:00:12:00:01:03:05:00:00:00:00:00:00:00:07:00:00:00", [][]byte{data}},
		{"0x14 0x00 0x00 0x00 0x12000103 0x05000000 0x00000000 0x07000000", [][]byte{data}},
		{"1400000012000103050000000000000007000000\n1400000003000200050000000000000000000000\n", [][]byte{data, done}},
		{"1400000012000103050000000000000007000000 1400000003000200050000000000000000000000\n", [][]byte{append(data[:20:20], done...)}},
		{"1400000012000103050000000000000007000000 0000\n1400000003000200050000000000000000000000\n", [][]byte{append(data[:20:20], 0, 0), done}},
		{"14000000\n\n\n1200\n", [][]byte{{20, 0, 0, 0}, {18, 0}}},
		{`\x14\0\0\0\x12\0\x01\x03\x05\0\0\0\0\0\0\0\a\0\0\0`, [][]byte{data}},
		{`"\24\0\0\0\22\0\1\3" "\5\0\0\0\0\0\0\0\a\0\0\0"`, [][]byte{data}},
		{`b'\x14\x00\x00\x00\x12\x00\x01\x03\x05\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00'`, [][]byte{data}},
		{`"AB\"'\\"`, [][]byte{[]byte("AB\"'\\")}},
		{"[20 0 0 0 18 0 1 3 5 0 0 0 0 0 0 0 7 0 0 0]", [][]byte{data}},
		{"[20, 0, 0, 0, 18, 0, 1, 3, 5, 0, 0, 0,\n 0, 0, 0, 0, 7, 0, 0, 0]", [][]byte{data}},
		{"[]byte{0x14, 0x0, 0x0, 0x0, 0x12, 0x0, 0x1, 0x3, 0x5, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x7, 0x0, 0x0, 0x0}", [][]byte{data}},
		{"0x14, 0x00, 255", [][]byte{{20, 0, 255}}},
		{"00000000  14 00 00 00 12 00 01 03  05 00 00 00 00 00 00 00  |................|\n00000010  07 00 00 00                                       |....|\n00000014\n", [][]byte{data}},
		{"00000000: 1400 0000 1200 0103 0500 0000 0000 0000  ................\n00000010: 0700 0000                                ....\n", [][]byte{data}},
		{" | 00000  14 00 00 00 12 00 01 03  05 00 00 00 00 00 00 00  ................ |\n | 00010  07 00 00 00                                       ....             |\n" +
			" | 00000  14 00 00 00 03 00 02 00  05 00 00 00 00 00 00 00  ................ |\n", [][]byte{data, done[:16]}},
		{"00000000  24 00 00 00 12 00 01 03  00 00 00 00 00 00 00 00\n00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n00000020  00 00 00 00\n", [][]byte{long}},
	} {
		r, err := Open(strings.NewReader(tt.text), Options{Protocol: unix.NETLINK_ROUTE})
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		events, err := readAll(r)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		var got [][]byte
		for _, e := range events {
			got = append(got, e.Data)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}

	// Directions, said and guessed.
	text := "# a remark\n> 14000000\n< 1400\n* 14\n\n1400000012000103050000000000000007000000\n1400000003000200050000000000000000000000\n"
	events, err := readAll(NewHexReader(strings.NewReader(text), unix.NETLINK_GENERIC))
	if err != nil {
		t.Fatal(err)
	}
	want := []*audit.Event{
		event(audit.OpSend, 16, time.Time{}, 20, 0, 0, 0), event(audit.OpReceive, 16, time.Time{}, 20, 0), event(audit.OpReceive, 16, time.Time{}, 20),
		event(audit.OpSend, 16, time.Time{}, data...), event(audit.OpReceive, 16, time.Time{}, done...),
	}
	want[2].Multicast = true
	for i, w := range want {
		if i >= len(events) || !cmp.Equal(*w, events[i]) {
			t.Errorf("event %d: got %+v, want %+v", i, events, *w)
			break
		}
	}

	for _, tt := range []struct{ text, want string }{
		{"", "it holds no bytes"},
		{"14 0", `line 1: column 4: "0" is an odd number of hexadecimal digits (decimal numbers stand in brackets)`},
		{"  14 0g", `line 1: column 6: "0" is an odd number of hexadecimal digits (decimal numbers stand in brackets)`},
		{"14\n14 zz", `line 2: column 4: 'z' is no hexadecimal digit`},
		{strings.Repeat("1", 2001), `line 1: column 1: "` + strings.Repeat("1", 40) + `" is an odd number of hexadecimal digits (decimal numbers stand in brackets)`},
		{"[1 256]", `line 1: column 4: "256" is no number from 0 to 255`},
		{`"\x14\q"`, `line 1: column 7: an escape that is not known`},
		{`"\x14`, `line 1: column 1: a quote that does not end`},
		{`"\x14" x`, `line 1: column 8: 'x' stands outside of the quotes`},
		{"00000000  14 00\n00000010  14 00\n", "line 2: the dump is at offset 0x10, and 0x2 bytes were read"},
		{"00000000  14 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n*\n00000020\n", "line 2: the dump leaves lines out; hexdump -v does not"},
	} {
		if _, err := readAll(NewHexReader(strings.NewReader(tt.text), 0)); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "it is empty"},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", "it is compressed: unpack it first (gzip -dc FILE | nslab decode -)"},
		{"GIF89a..", "its format is not recognised; --format says which it is: pcap, pcapng, jsonl, strace, rtmon, hex"},
	} {
		if _, err := Open(strings.NewReader(tt.text), Options{}); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
	if _, err := Open(strings.NewReader("x"), Options{Format: "gif"}); err == nil || err.Error() != `format "gif" is not known; it is one of pcap, pcapng, jsonl, strace, rtmon, hex` {
		t.Errorf("format gif: %v", err)
	}
	for text, want := range map[string]Reader{
		`{"format":"nslab events","version":1,"byte_order":"little"}`:                    &jsonReader{},
		"8670  socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3":             &straceReader{},
		"[pid  8670] 14:41:06.891916 recvmsg(3<NETLINK:[ROUTE:1907]>,  <unfinished ...>": &straceReader{},
		"execve(\"/usr/sbin/ip\", [\"ip\"], 0x7ffe /* 9 vars */) = 0":                    &straceReader{},
		"\n# a remark\n14000000": &hexReader{},
		"{0x14, 0x00}":           &hexReader{},
		"00000000: 1400 0000 1200 0103 0500 0000 0000 0000  ................": &hexReader{},
	} {
		// What follows may not have been written yet.
		pr, pw := io.Pipe()
		go pw.Write([]byte(text + "\n"))
		r, err := Open(pr, Options{})
		pw.Close()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, want := typeName(r), typeName(want); got != want {
			t.Errorf("%s is taken for %s, want %s", text, got, want)
		}
	}
}
