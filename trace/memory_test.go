package trace

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// base is the address where fakeMemory begins.
const base = 0x10000

// fakeMemory is a piece of memory; around it nothing is mapped.
type fakeMemory []byte

func (m fakeMemory) read(b []byte, at []span) (n int) {
	for _, s := range at {
		if s.addr < base || s.addr-base > uint64(len(m)) {
			return n
		}
		have := m[s.addr-base:]
		got := copy(b[n:min(uint64(len(b)), uint64(n)+s.len)], have)
		if n += got; uint64(got) < s.len {
			return n
		}
	}
	return n
}

// place puts words and bytes into memory and returns it.
func place(parts ...any) fakeMemory {
	var m []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			m = binary.NativeEndian.AppendUint64(m, uint64(p))
		case uint64:
			m = binary.NativeEndian.AppendUint64(m, p)
		case string:
			m = append(m, p...)
		}
	}
	return m
}

// sockaddr returns a struct sockaddr_nl and four more bytes.
func sockaddr(family uint16, port, groups uint32) string {
	b := binary.NativeEndian.AppendUint16(nil, family)
	b = append(b, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, port)
	b = binary.NativeEndian.AppendUint32(b, groups)
	return string(append(b, 0, 0, 0, 0))
}

func cmsg(level, typ uint32, data string) string {
	b := binary.NativeEndian.AppendUint64(nil, uint64(sizeCmsghdr+len(data)))
	b = binary.NativeEndian.AppendUint32(b, level)
	b = binary.NativeEndian.AppendUint32(b, typ)
	b = append(b, data...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return string(b)
}

func TestReceivedMessage(t *testing.T) {
	const (
		iov     = base + 64
		name    = iov + 3*16
		control = name + 16
		text    = control + 48
	)
	m := place(
		name, sizeSockaddr, iov, 3, control, 48, unix.MSG_TRUNC, 0, // the struct msghdr, and msg_len
		text, 2, text+10, 0, text+4, 4, // three pieces
		sockaddr(unix.AF_NETLINK, 7, 1<<3),
		cmsg(unix.SOL_NETLINK, unix.NETLINK_PKTINFO, "\x04\x00\x00\x00"), cmsg(1, 2, "12345678"),
		"ab--cdef",
	)
	e := receivedMessage(m, m[:sizeMsghdr], unix.MSG_DONTWAIT, 6, 0)
	if string(e.Data) != "abcdef" || e.Length != 6 || e.Room != 6 || e.Flags != unix.MSG_DONTWAIT || e.MsgFlags != unix.MSG_TRUNC {
		t.Errorf("%q, length %d, room %d, flags %#x, msg_flags %#x", e.Data, e.Length, e.Room, e.Flags, e.MsgFlags)
	}
	if e.Address == nil || *e.Address != (audit.Address{PortID: 7, Groups: 8}) {
		t.Errorf("address %+v", e.Address)
	}
	if len(e.Control) != 2 || e.Group() != 4 || e.Control[1].Level != 1 || string(e.Control[1].Data) != "12345678" {
		t.Errorf("control messages %+v", e.Control)
	}
	// A datagram that was longer than the buffer, of which less than the buffer
	// is readable.
	if e := receivedMessage(m, m[:sizeMsghdr], 0, 100, 0); string(e.Data) != "abcdef" || e.Length != 100 {
		t.Errorf("%q, length %d", e.Data, e.Length)
	}
	if e := receivedMessage(m, m[:sizeMsghdr], 0, 3, 0); string(e.Data) != "abc" || e.Length != 3 {
		t.Errorf("%q, length %d", e.Data, e.Length)
	}
	if e := receivedMessage(m, m[:sizeMsghdr], 0, -105, unix.ENOBUFS); e.Data != nil || e.Errno != unix.ENOBUFS || e.Room != 6 || e.Address != nil || e.Control != nil {
		t.Errorf("a failed call: %+v", e)
	}
}

// Bytes that are not mapped are left out, and nothing is too long.
func TestHostileMemory(t *testing.T) {
	huge := uint64(math.MaxUint64)
	for name, m := range map[string]fakeMemory{
		"nothing there":        place(1, sizeSockaddr, 1, 1, 1, 16, 0, 0),
		"pieces beyond memory": place(0, 0, base+64, 2, 0, 0, 0, 0, base+96, 4, huge-3, huge),
		"pieces without end":   place(0, 0, base+64, 2, 0, 0, 0, 0, base, huge, base, huge),
		"too many pieces":      place(0, 0, base, 1025, 0, 0, 0, 0),
		"no piece":             place(0, 0, base, 0, 0, 0, 0, 0),
		"many pieces":          place(0, 0, base, huge, base, huge, 0, 0),
	} {
		e := message(m, m[:sizeMsghdr], 0)
		if e.Op != audit.OpSend || e.Length < 0 || len(e.Data) > maxBytes || e.Length < len(e.Data) {
			t.Errorf("%s: %d of %d bytes", name, len(e.Data), e.Length)
		}
		e = receivedMessage(m, m[:sizeMsghdr], 0, 1<<40, 0)
		if len(e.Data) > maxBytes || e.Room < 0 {
			t.Errorf("%s: received %d bytes with room for %d", name, len(e.Data), e.Room)
		}
	}
	if a := address(place(sockaddr(unix.AF_INET, 1, 1)), base, sizeSockaddr); a != nil {
		t.Errorf("an address of another family: %+v", a)
	}
	if a := address(place(sockaddr(unix.AF_NETLINK, 1, 1)), base, sizeSockaddr-1); a != nil {
		t.Errorf("a short address: %+v", a)
	}
	for _, c := range []string{cmsg(1, 2, "")[:15], cmsg(1, 2, "abc") + "x", place(0, 0).string(), place(15, 0).string(), place(17, 0).string(), place(huge, 0).string()} {
		h := msghdr{control: base, controlLen: uint64(len(c))}
		for _, got := range h.controls(fakeMemory(c)) {
			if string(got.Data) != "abc" {
				t.Errorf("%x: %+v", c, got)
			}
		}
	}
}

func (m fakeMemory) string() string { return string(m) }

// FuzzMemory reads the arguments of each call from any memory.
func FuzzMemory(f *testing.F) {
	text := place(0, 0, base+64, 2, 0, 0, 0, 0, base, 20, base+8, 40)
	f.Add([]byte(text), uint8(kindSendmsg), uint64(base), uint64(1), int64(20))
	f.Add([]byte(text), uint8(kindRecvmmsg), uint64(base), uint64(1), int64(1))
	f.Add([]byte(text), uint8(kindSendmmsg), uint64(base), uint64(2), int64(2))
	f.Add([]byte(text), uint8(kindWritev), uint64(base+64), uint64(2), int64(60))
	f.Add([]byte(text), uint8(kindReadv), uint64(base+64), uint64(2), int64(60))
	f.Add([]byte(text), uint8(kindRecvfrom), uint64(base), uint64(40), int64(1000))
	f.Add([]byte(text), uint8(kindSetsockopt), uint64(base), uint64(40), int64(-22))
	f.Fuzz(func(t *testing.T, image []byte, which uint8, addr, size uint64, result int64) {
		m := fakeMemory(image)
		c := &call{kind: kind(which) % (kindIoUring + 1), args: [6]uint64{3, addr, size, addr + 8, size, addr}}
		c.enter(m)
		events := c.events
		if c.kind.receives() {
			errno := unix.Errno(0)
			if result < 0 && result > -4096 {
				errno = unix.Errno(-result)
			}
			events = c.receives(m, result, errno)
		}
		bytes := 0
		for _, e := range events {
			bytes += len(e.Data)
			if e.Length < len(e.Data) || e.Room < -1 {
				t.Errorf("%d bytes of %d, room for %d", len(e.Data), e.Length, e.Room)
			}
			var p pairs
			p.request(e.Data, e.Time)
			p.reply(e.Data, 0, e.Time)
		}
		if len(events) > maxMessages || bytes > maxMessages*maxBytes {
			t.Errorf("%d events with %d bytes", len(events), bytes)
		}
	})
}

func TestGather(t *testing.T) {
	m := fakeMemory(bytes.Repeat([]byte("0123456789"), 2))
	for _, test := range []struct {
		spans []span
		n     uint64
		want  string
	}{
		{nil, 5, ""},
		{[]span{{base, 3}}, 0, ""},
		{[]span{{base, 3}, {base + 5, 3}}, 4, "0125"},
		{[]span{{base, 3}, {base + 5, 3}}, 100, "012567"},
		{[]span{{base + 18, 5}, {base, 5}}, 10, "89"},
		{[]span{{0, 5}, {base, 5}}, 10, ""},
	} {
		if got := gather(m, test.spans, test.n); string(got) != test.want {
			t.Errorf("%v, %d: %q, want %q", test.spans, test.n, got, test.want)
		}
	}
}

// Reading through the copy of the surroundings gives the same bytes as memory,
// up to the last mapped byte.
func TestWindow(t *testing.T) {
	size := os.Getpagesize()
	pages, err := unix.Mmap(-1, 0, 4*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(pages) //nolint:errcheck
	r := rand.New(rand.NewPCG(3, 4))
	for i := range pages {
		pages[i] = byte(r.Uint32())
	}
	for _, guard := range [][]byte{pages[:size], pages[3*size:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	start := uint64(uintptr(unsafe.Pointer(&pages[0])))
	self := taskMemory(os.Getpid())
	var w windowed
	for range 2000 {
		w.of(int(self))
		at := size - 300 + r.IntN(2*size+600)
		for range 4 {
			n := 1 + r.IntN(300)
			from := max(0, min(at+r.IntN(800)-400, len(pages)-n))
			s := []span{{start + uint64(from), uint64(n)}}
			a, b := make([]byte, n), make([]byte, n)
			if got, want := w.read(a, s), self.read(b, s); got != want || !bytes.Equal(a, b) {
				t.Fatalf("%d bytes at %d: %d are read, and %d are there", n, from, got, want)
			}
		}
	}
}
