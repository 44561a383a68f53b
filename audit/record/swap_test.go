package record

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// wire writes messages in a byte order.
type wire struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
}

func (w wire) u16(n uint16) []byte { return w.order.AppendUint16(nil, n) }
func (w wire) u32(n uint32) []byte { return w.order.AppendUint32(nil, n) }
func (w wire) u64(n uint64) []byte { return w.order.AppendUint64(nil, n) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func (w wire) attr(typ uint16, payload ...[]byte) []byte {
	b := join(payload...)
	b = join(w.u16(uint16(4+len(b))), w.u16(typ), b)
	return append(b, make([]byte, (4-len(b)%4)%4)...)
}

func (w wire) msg(typ, flags uint16, seq uint32, payload ...[]byte) []byte {
	b := join(payload...)
	return join(w.u32(uint32(16+len(b))), w.u16(typ), w.u16(flags), w.u32(seq), w.u32(7), b)
}

// ifinfo is a struct ifinfomsg.
func (w wire) ifinfo(index, flags uint32) []byte {
	return join([]byte{0, 0}, w.u16(1), w.u32(index), w.u32(flags), w.u32(0xffffffff))
}

// datagrams returns datagrams with everything that depends on the byte order.
func (w wire) datagrams() (events []*audit.Event) {
	add := func(op audit.Op, protocol int, data ...[]byte) {
		events = append(events, event(op, protocol, time.Unix(1, 0).UTC(), join(data...)...))
	}
	newlink := w.msg(unix.RTM_NEWLINK, 0x605, 1, w.ifinfo(3, unix.IFF_UP),
		w.attr(unix.IFLA_IFNAME, []byte("eth0\x00")), w.attr(unix.IFLA_MTU, w.u32(1500)),
		w.attr(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, w.attr(unix.IFLA_INFO_KIND, []byte("veth\x00")),
			w.attr(unix.IFLA_INFO_DATA, w.attr(1, w.ifinfo(0, 0), w.attr(unix.IFLA_IFNAME, []byte("p\x00")), w.attr(unix.IFLA_TXQLEN, w.u32(9))))))
	add(audit.OpSend, unix.NETLINK_ROUTE, newlink,
		w.msg(unix.RTM_NEWLINK, 5, 2, w.ifinfo(4, 0), w.attr(unix.IFLA_LINKINFO, w.attr(unix.IFLA_INFO_KIND, []byte("vlan\x00")),
			w.attr(unix.IFLA_INFO_DATA, w.attr(unix.IFLA_VLAN_ID, w.u16(10)), w.attr(unix.IFLA_VLAN_PROTOCOL, []byte{0x81, 0}),
				w.attr(unix.IFLA_VLAN_FLAGS, w.u32(1), w.u32(3))))))
	add(audit.OpReceive, unix.NETLINK_ROUTE,
		w.msg(unix.RTM_NEWLINK, 2, 3, w.ifinfo(5, 0), w.attr(unix.IFLA_MAP, w.u64(1<<40), w.u64(2), w.u64(3), w.u16(4), []byte{5, 6, 0, 0, 0, 0}),
			w.attr(unix.IFLA_AF_SPEC, w.attr(unix.AF_INET, w.attr(unix.IFLA_INET_CONF, w.u32(1), w.u32(2), w.u32(0x10000))))))
	add(audit.OpReceive, unix.NETLINK_ROUTE, // a u64 in a multicast route, a u32 elsewhere
		w.msg(unix.RTM_NEWROUTE, 2, 4, []byte{128, 32, 32, 0, 254, 17, 0, 5}, w.u32(0), w.attr(unix.RTA_EXPIRES, w.u64(104))),
		w.msg(unix.RTM_NEWROUTE, 2, 4, []byte{2, 16, 0, 0, 254, 3, 0, 1}, w.u32(1), w.attr(unix.RTA_DST, []byte{10, 9, 0, 0}),
			w.attr(unix.RTA_MULTIPATH, w.u16(16), []byte{0, 1}, w.u32(3), w.attr(unix.RTA_GATEWAY, []byte{10, 0, 0, 1}),
				w.u16(16), []byte{0, 0}, w.u32(4), w.attr(unix.RTA_GATEWAY, []byte{10, 0, 0, 2}))))
	add(audit.OpReceive, unix.NETLINK_ROUTE,
		w.msg(unix.NLMSG_ERROR, 0x200, 1, w.u32(^uint32(16)), newlink, w.attr(unix.NLMSGERR_ATTR_MSG, []byte("no\x00")), w.attr(unix.NLMSGERR_ATTR_OFFS, w.u32(32))))
	add(audit.OpReceive, unix.NETLINK_ROUTE, w.msg(unix.NLMSG_ERROR, 0x100, 1, w.u32(0), newlink[:16]), w.msg(unix.NLMSG_DONE, 2, 9, w.u32(^uint32(3))))
	add(audit.OpReceive, unix.NETLINK_GENERIC, w.msg(unix.GENL_ID_CTRL, 0, 1, []byte{1, 2, 0, 0}, w.attr(2, []byte("lamp\x00")), w.attr(1, w.u16(0x121)),
		w.attr(4, w.u32(8))))
	add(audit.OpSend, unix.NETLINK_GENERIC, w.msg(0x121, 5, 2, []byte{1, 1, 0, 0}, make([]byte, 8), w.attr(3|unix.NLA_F_NESTED, w.attr(1, []byte("a\x00")))))
	add(audit.OpReceive, unix.NETLINK_KOBJECT_UEVENT, []byte("add@/devices/x\x00ACTION=add\x00"))
	add(audit.OpReceive, unix.NETLINK_ROUTE, []byte{1, 2, 3}) // not a message
	return events
}

// TestOtherByteOrder reads recordings from machines with the other byte order,
// in each format.
func TestOtherByteOrder(t *testing.T) {
	var native interface {
		binary.ByteOrder
		binary.AppendByteOrder
	} = binary.LittleEndian
	if hostOrder == "big" {
		native = binary.BigEndian
	}
	want := wire{native}.datagrams()
	foreign := wire{other}.datagrams()
	if bytes.Equal(foreign[0].Data, want[0].Data) {
		t.Fatal("the byte orders are one")
	}

	pcap := (&bigEndian{}).u32(pcapMagicNano).u16(2, 4).u32(0, 0, 0, linktypeNetlink)
	rtmon := (&bigEndian{}).u32(24).u16(rtmonStamp, 0).u32(0, 0, 1, 0)
	order := map[string]string{"little": "big", "big": "little"}[hostOrder]
	lines := `{"format":"nslab events","version":1,"byte_order":"` + order + `"}` + "\n"
	for _, e := range foreign {
		// The writers write what they are given.
		one := appendPacket(nil, e)
		one[1] = 0 // PACKET_HOST
		if e.Op == audit.OpSend {
			one[1] = packetKernel
		}
		pcap.u32(1, 0, uint32(len(one)), uint32(len(one))).bytes(one...)
		lines += string(appendJSON(nil, e))
		if e.Protocol == unix.NETLINK_ROUTE && e.Op == audit.OpReceive && len(e.Data) > 16 {
			rtmon.bytes(e.Data...)
		}
	}
	for name, r := range map[string]Reader{"pcap": NewPcapReader(bytes.NewReader(pcap.b)), "jsonl": NewJSONReader(strings.NewReader(lines))} {
		for i, w := range want {
			var got audit.Event
			if err := r.Read(&got); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !bytes.Equal(got.Data, w.Data) {
				messages, _ := audit.Decode(w.Protocol, got.Data)
				t.Errorf("%s: datagram %d (-want +got):\n%s\n%v", name, i, cmp.Diff(w.Data, got.Data), messages)
			}
		}
		if err := r.Read(new(audit.Event)); err != io.EOF {
			t.Errorf("%s: %v at the end", name, err)
		}
	}
	got, err := readAll(NewRtmonReader(bytes.NewReader(rtmon.b)))
	if err != nil || len(got) < 6 {
		t.Fatalf("rtmon: %d messages, %v", len(got), err)
	}
	n := 0
	for _, w := range want {
		if w.Protocol != unix.NETLINK_ROUTE || w.Op != audit.OpReceive || len(w.Data) <= 16 {
			continue
		}
		for data := w.Data; len(data) > 0; n++ {
			size := binary.NativeEndian.Uint32(data)
			if !bytes.Equal(got[n].Data, data[:size]) || !got[n].Time.Equal(time.Unix(1, 0)) {
				t.Errorf("rtmon: message %d is % x, want % x", n, got[n].Data, data[:size])
			}
			data = data[size:]
		}
	}
}

// FuzzSwap swaps any bytes.
func FuzzSwap(f *testing.F) {
	for _, e := range (wire{other}).datagrams() {
		f.Add(uint8(e.Protocol), e.Op == audit.OpSend, e.Data)
	}
	f.Fuzz(func(t *testing.T, protocol uint8, isSent bool, data []byte) {
		e := event(audit.OpReceive, int(protocol), time.Time{}, bytes.Clone(data)...)
		if isSent {
			e.Op = audit.OpSend
		}
		var s swapper
		s.event(e)
		// Swapping moves bytes but does not change them.
		slices.Sort(e.Data)
		slices.Sort(data)
		if !bytes.Equal(e.Data, data) {
			t.Errorf("bytes % x became % x", data, e.Data)
		}
	})
}
