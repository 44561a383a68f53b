package trace

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// memory is the memory of a traced program.
type memory interface {
	// read reads the bytes at these places, one after another, into b, and
	// returns how many it could read: fewer than len(b) if something is not
	// mapped.
	read(b []byte, at []span) int
}

// A span is a piece of a program's memory.
type span struct {
	addr, len uint64
}

// Bounds on what is read for one call. The kernel does not accept more pieces
// (UIO_MAXIOV) or more datagrams at once (sendmmsg(2)).
const (
	maxSpans    = 1024
	maxMessages = 1024
	maxBytes    = 16 << 20 // of one datagram; Event.Length gives the full length
)

// Sizes of the structures of a 64-bit program, and offsets in struct msghdr.
const (
	sizeMsghdr   = 56
	sizeMmsghdr  = 64
	sizeIovec    = 16
	sizeSockaddr = unix.SizeofSockaddrNetlink
	sizeCmsghdr  = 16
)

// taskMemory is the memory of the process of a task. Reading it needs only the
// right to trace the task.
type taskMemory int

func (tid taskMemory) read(b []byte, at []span) int {
	if len(b) == 0 || len(at) == 0 {
		return 0
	}
	var few [8]unix.RemoteIovec
	remote := few[:0]
	for _, s := range at {
		remote = append(remote, unix.RemoteIovec{Base: uintptr(s.addr), Len: int(s.len)})
	}
	local := [1]unix.Iovec{{Base: &b[0]}}
	local[0].SetLen(len(b))
	n, err := unix.ProcessVMReadv(int(tid), local[:], remote, 0)
	if err != nil {
		return 0
	}
	return n
}

// windowSize is the number of bytes of a stack that are read at once: the
// structures of a message lie close together there.
const windowSize = 512

// windowed is the memory of a task, with a copy of the surroundings of the
// first read, because each read costs as much as several system calls.
type windowed struct {
	task taskMemory
	addr uint64
	held []byte // from addr on
	full bool   // held has been read
	buf  [windowSize]byte
}

// of turns to a task that has stopped.
func (w *windowed) of(tid int) *windowed {
	w.task, w.held, w.full = taskMemory(tid), nil, false
	return w
}

// read reads from the copy if all bytes are in it. The copy does not cross a
// page boundary, because the next page may not be mapped.
func (w *windowed) read(b []byte, at []span) int {
	if len(at) != 1 || at[0].len > windowSize/2 || uint64(len(b)) != at[0].len {
		return w.task.read(b, at)
	}
	s := at[0]
	if !w.full {
		w.full = true
		page := uint64(os.Getpagesize())
		w.addr = max(s.addr-windowSize/2, s.addr&^(page-1))
		size := min(windowSize, s.addr&^(page-1)+page-w.addr)
		w.held = w.buf[:w.task.read(w.buf[:size], []span{{w.addr, size}})]
	}
	if skip := s.addr - w.addr; s.addr >= w.addr && skip <= uint64(len(w.held)) && uint64(len(w.held))-skip >= s.len {
		return copy(b, w.held[skip:])
	}
	return w.task.read(b, at)
}

// readAt returns n bytes, or nil if they are not all mapped.
func readAt(m memory, addr uint64, n int) []byte {
	if addr == 0 {
		return nil
	}
	b := make([]byte, n)
	if m.read(b, []span{{addr, uint64(n)}}) != n {
		return nil
	}
	return b
}

// total returns the number of bytes of spans.
func total(spans []span) (n uint64) {
	for _, s := range spans {
		if n += s.len; n < s.len {
			return ^uint64(0)
		}
	}
	return n
}

// gather reads the first n bytes of spans, or fewer if memory is not mapped or
// n exceeds the limit for a datagram.
func gather(m memory, spans []span, n uint64) []byte {
	n = min(n, total(spans), maxBytes)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	var pieces []span
	for _, s := range spans {
		s.len = min(s.len, n)
		if n -= s.len; s.len > 0 {
			pieces = append(pieces, s)
		}
	}
	return b[:min(len(b), m.read(b, pieces))]
}

// msghdr is struct msghdr of recvmsg(2).
type msghdr struct {
	name, nameLen       uint64
	iov, iovLen         uint64
	control, controlLen uint64
	flags               int
}

// parseMsghdr parses sizeMsghdr bytes.
func parseMsghdr(b []byte) msghdr {
	u64, u32 := binary.NativeEndian.Uint64, binary.NativeEndian.Uint32
	return msghdr{
		name: u64(b), nameLen: uint64(u32(b[8:])),
		iov: u64(b[16:]), iovLen: u64(b[24:]),
		control: u64(b[32:]), controlLen: u64(b[40:]),
		flags: int(int32(u32(b[48:]))),
	}
}

// spans reads the pieces of a message. It returns none if there are more than
// the kernel accepts.
func (h *msghdr) spans(m memory) []span {
	if h.iovLen == 0 || h.iovLen > maxSpans {
		return nil
	}
	b := readAt(m, h.iov, int(h.iovLen)*sizeIovec)
	spans := make([]span, 0, h.iovLen)
	for ; len(b) >= sizeIovec; b = b[sizeIovec:] {
		spans = append(spans, span{binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[8:])})
	}
	return spans
}

// address reads a struct sockaddr_nl. It returns nil if there is no address, or
// one of another family.
func address(m memory, addr, size uint64) *audit.Address {
	if size < sizeSockaddr {
		return nil
	}
	b := readAt(m, addr, sizeSockaddr)
	if b == nil || binary.NativeEndian.Uint16(b) != unix.AF_NETLINK {
		return nil
	}
	return &audit.Address{PortID: binary.NativeEndian.Uint32(b[4:]), Groups: binary.NativeEndian.Uint32(b[8:])}
}

// maxControl is how many bytes of control messages are read; the kernel writes
// some dozens.
const maxControl = 64 << 10

// controls reads the control messages that the kernel has written.
func (h *msghdr) controls(m memory) (list []audit.Control) {
	if h.controlLen < sizeCmsghdr {
		return nil
	}
	b := readAt(m, h.control, int(min(h.controlLen, maxControl)))
	for len(b) >= sizeCmsghdr {
		n := binary.NativeEndian.Uint64(b)
		if n < sizeCmsghdr || n > uint64(len(b)) {
			break
		}
		list = append(list, audit.Control{
			Level: int(int32(binary.NativeEndian.Uint32(b[8:]))), Type: int(int32(binary.NativeEndian.Uint32(b[12:]))),
			Data: b[sizeCmsghdr:n:n],
		})
		b = b[min((n+7)&^7, uint64(len(b))):]
	}
	return list
}
