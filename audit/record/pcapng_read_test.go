package record

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

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
		{"Ethernet", slices.Concat(section, iface(1)), "link type 1 does not carry netlink; it must be NETLINK (253), LINUX_SLL (113), LINUX_SLL2 (276)"},
		{"an odd length", slices.Concat(section, (&bigEndian{}).u32(6, 13).b), "offset 32: a block of 13 bytes; its length must be a multiple of 4, at least 12"},
		{"a huge block", slices.Concat(section, (&bigEndian{}).u32(6, 1<<31).b), "offset 32: a block of 2147483648 bytes; at most 16842752 are read"},
		{"the end", slices.Concat(section, (&bigEndian{}).u32(6, 100).b), "offset 36: the file ends within a block"},
		{"an unknown block's end", slices.Concat(section, (&bigEndian{}).u32(77, 1<<31).b), "offset 36: the file ends within a block"},
		{"two lengths", slices.Concat(section, (&bigEndian{}).u32(6, 16, 1, 12).b), "offset 32: a block says 16 bytes at its start and 12 at its end"},
		{"no interface", slices.Concat(section, enhanced(0, 0, 0)), "offset 28: a packet of interface 0; the section has 0 interfaces"},
		{"magic", slices.Concat(section[:8], []byte{1, 2, 3, 4}), "offset 8: 0x1020304 is not the byte-order magic of a section"},
		{"too little", slices.Concat(section, iface(253), block(blockPacket, func(w *bigEndian) { w.u32(0, 0, 0, 99, 99) })), "offset 48: a packet of 99 bytes in a block with 0"},
		{"an option of a section", block(blockSection, func(w *bigEndian) { w.u32(byteOrderMagic).u16(1, 0).u32(^uint32(0), ^uint32(0)).u16(4, 9).u32(0) }),
			"offset 0: option 4 of 9 bytes; its block has 4"},
		{"an option of an interface", slices.Concat(section, iface(253, option(optName, 1, 2, 3, 4)[:4]...)), "offset 28: option 2 of 4 bytes; its block has 0"},
		{"an option of a packet", slices.Concat(section, iface(253), enhanced(0, 0, 0, (&bigEndian{}).u16(1, 65535).b...)),
			"offset 48: option 1 of 65535 bytes; its block has 0"},
		{"an option of statistics", slices.Concat(section, iface(253), block(blockStatistics, func(w *bigEndian) { w.u32(0, 0, 0).u16(5, 8).u32(0) })),
			"offset 48: option 5 of 8 bytes; its block has 4"},
		{"too many interfaces", slices.Concat(section, bytes.Repeat(iface(253), maxInterfaces+1)), "offset 1310748: a section with more than 65536 interfaces"},
		{"a short block", slices.Concat(section, iface(253), block(blockPacket, func(w *bigEndian) { w.u32(0) })), "offset 48: a packet's block of 4 bytes; at least 20 are needed"},
	} {
		if _, err := readAll(NewPcapngReader(bytes.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}

// TestLongLabel reads the name of an interface that is longer than that of any
// namespace.
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

// TestInterfaceNames checks that names of any bytes are read back.
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
