package record

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// bigEndian writes a file in a byte order that is not this machine's.
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

// other is the byte order that is not this machine's.
var other = func() interface {
	binary.ByteOrder
	binary.AppendByteOrder
} {
	if hostOrder == "little" {
		return binary.BigEndian
	}
	return binary.LittleEndian
}()

// cooked returns a packet's header of LINKTYPE_NETLINK or LINKTYPE_LINUX_SLL.
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
		e.Text = fmt.Sprintf("offset %d: only %d bytes of a packet were captured; its header has 16", at, n)
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
		{"Ethernet", file(pcapMagicMicro, 1).b, "offset 20: link type 1 does not carry netlink; it must be NETLINK (253), LINUX_SLL (113), LINUX_SLL2 (276)"},
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
