package trace

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// memory is that of a traced program.
type memory interface {
	// read reads what lies at some places, one after the other, and returns how many bytes it could read: fewer
	// than b has where something is not mapped.
	read(b []byte, at []span) int
}

// A span is a piece of a program's memory.
type span struct {
	addr, len uint64
}

// Bounds on what is read for one call. The kernel takes no more pieces (UIO_MAXIOV) and no more datagrams at once
// (sendmmsg(2)).
const (
	maxSpans    = 1024
	maxMessages = 1024
	maxBytes    = 16 << 20 // of one datagram; Event.Length tells of more
)

// Sizes of the structures of a 64-bit program, and where in struct msghdr things are.
const (
	sizeMsghdr   = 56
	sizeMmsghdr  = 64
	sizeIovec    = 16
	sizeSockaddr = unix.SizeofSockaddrNetlink
	sizeCmsghdr  = 16
)

// taskMemory is the memory of the process of a task, which it needs only the right to trace to read.
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

// windowSize is how much of a stack is read at once: what describes a message lies close together there.
const windowSize = 512

// windowed is the memory of a task with a copy of what lies around the first thing that was read: each read costs as much
// as several system calls.
type windowed struct {
	task taskMemory
	addr uint64
	held []byte // from addr on
	full bool   // it has been read
	buf  [windowSize]byte
}

// of turns to a task that has stopped.
func (w *windowed) of(tid int) *windowed {
	w.task, w.held, w.full = taskMemory(tid), nil, false
	return w
}

// read reads from the copy what lies in it whole. The copy does not cross a page, beyond which nothing may be.
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

// readAt reads n bytes, nil where they are not all there.
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

// total is how many bytes spans have.
func total(spans []span) (n uint64) {
	for _, s := range spans {
		if n += s.len; n < s.len {
			return ^uint64(0)
		}
	}
	return n
}

// gather reads the first n bytes of spans, or fewer where memory ends or n is more than a datagram has.
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

// spans reads the pieces of a message; none where there are more than the kernel takes.
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

// address reads a struct sockaddr_nl; nil where there is none, or another family's.
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

// maxControl is how many bytes of control messages are read; the kernel puts some dozens there.
const maxControl = 64 << 10

// controls reads the control messages that the kernel has left.
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
