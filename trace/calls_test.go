package trace

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

const (
	fast  = "sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg sendto peek"
	every = fast + " write read writev readv sendmmsg read recvfrom"
)

// The events are what the program says it did, byte for byte, whichever calls
// it used.
func TestForms(t *testing.T) {
	for _, test := range []struct {
		name, steps string
		o           Options
		peeks       int
	}{
		{"filter", fast + " pieces recvmsg", Options{}, 0},
		{"every", every, Options{Every: true}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			report, events := run(t, program("forms", test.steps), test.o)
			if got := moved(events); got != report {
				t.Errorf("seen:\n%s\nthe program says:\n%s", got, report)
			}
			peeks := 0
			for _, e := range events {
				if e.PID == 0 || e.TID == 0 || e.Program != "exe" && e.Program != "forms" {
					t.Errorf("process %+v", e.Process)
				}
				if e.Protocol != unix.NETLINK_ROUTE || e.Inode == 0 || e.FD < 3 || e.NetNS != "" {
					t.Errorf("%v: socket %+v", e.Op, e.Socket)
				}
				if e.Took < 0 || e.Time.IsZero() {
					t.Errorf("%v: at %v, took %v", e.Op, e.Time, e.Took)
				}
				if e.Op == audit.OpReceive && e.Flags&unix.MSG_PEEK != 0 {
					peeks++
					if e.Flags&unix.MSG_TRUNC == 0 || e.Length == 0 {
						t.Errorf("a peek with flags %#x of %d bytes", e.Flags, e.Length)
					}
				}
				if e.Op == audit.OpReceive && e.Flags&unix.MSG_PEEK == 0 && (e.After <= 0 || e.After > patience || e.Room < 16<<10) {
					t.Errorf("received %v after its request, with room for %d", e.After, e.Room)
				}
			}
			if peeks != test.peeks {
				t.Errorf("%d peeks, want %d", peeks, test.peeks)
			}
			var ops []string
			for _, e := range events {
				ops = append(ops, e.Op.String())
			}
			if got := strings.Join(ops[:3], " "); got != "socket bind setsockopt" || ops[len(ops)-1] != "close" {
				t.Errorf("operations %v", ops)
			}
			if b := events[1]; b.Address == nil || b.PortID == 0 || b.PortID != events[2].PortID {
				t.Errorf("bind to %+v gave port %d, and then %d", b.Address, b.PortID, events[2].PortID)
			}
			if s := events[2]; s.Level != unix.SOL_NETLINK || s.Option != unix.NETLINK_PKTINFO || len(s.Value) != 4 || s.Value[0] != 1 {
				t.Errorf("setsockopt %d/%d %x", s.Level, s.Option, s.Value)
			}
			i := slices.IndexFunc(events, func(e audit.Event) bool { return len(e.Control) > 0 })
			if i < 0 || events[i].Address == nil || events[i].Address.PortID != 0 {
				t.Error("no control message or sender seen of recvmsg")
			} else if c := events[i].Control[0]; c.Level != unix.SOL_NETLINK || c.Type != unix.NETLINK_PKTINFO || len(c.Data) != 4 {
				t.Errorf("control message %+v", c)
			}
		})
	}
}

// forms uses every call that sends and receives.
func forms() error {
	c, err := open()
	if err != nil {
		return err
	}
	if err := unix.Bind(c.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_PKTINFO, 1); err != nil {
		return err
	}
	fd := uintptr(c.fd)
	two := func() ([]byte, []byte) { return c.getLink(1), c.getLink(9999) }
	sendmsg := func(pieces ...int) error {
		b := c.getLink(1)
		defer c.report("send", b)
		iov := iovecs(b, pieces...)
		h := header(iov)
		_, err := raw(unix.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
		return err
	}
	send := map[string]func() error{
		"sendto": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			_, err := raw(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
			return err
		},
		"write": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			_, err := unix.Write(c.fd, b)
			return err
		},
		"writev": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			iov := iovecs(b, 7, 9)
			_, err := raw(unix.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
			return err
		},
		"sendmsg": func() error { return sendmsg(1, 16) },
		"pieces":  func() error { return sendmsg(0, 1, 0, 16) }, // strace 6.1 shows no dump of it
		"sendmmsg": func() error {
			a, b := two()
			defer func() { c.report("send", a); c.report("send", b) }()
			ia, ib := iovecs(a, 4), iovecs(b)
			h := [2]unix.Mmsghdr{{Hdr: header(ia)}, {Hdr: header(ib)}}
			n, err := raw(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&h[0])), 2, 0)
			if err == nil && n != 2 {
				err = fmt.Errorf("%d datagrams sent", n)
			}
			return err
		},
	}
	buf := make([]byte, 32<<10)
	receive := map[string]func() error{
		"recvfrom": func() error {
			n, _, err := unix.Recvfrom(c.fd, buf, 0)
			c.report("receive", buf[:max(n, 0)])
			return err
		},
		"read": func() error {
			n, err := unix.Read(c.fd, buf)
			c.report("receive", buf[:max(n, 0)])
			return err
		},
		"readv": func() error {
			iov := iovecs(buf, 16, 100)
			n, err := raw(unix.SYS_READV, fd, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
			c.report("receive", buf[:n])
			return err
		},
		"recvmsg": func() error {
			iov := iovecs(buf, 16, 100)
			var from unix.RawSockaddrNetlink
			control := make([]byte, 256)
			h := header(iov)
			h.Name, h.Namelen, h.Control = (*byte)(unsafe.Pointer(&from)), uint32(unsafe.Sizeof(from)), &control[0]
			h.SetControllen(len(control))
			n, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
			c.report("receive", buf[:n])
			return err
		},
		"peek": func() error {
			iov := iovecs(buf)
			h := header(iov)
			if _, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), unix.MSG_PEEK|unix.MSG_TRUNC); err != nil {
				return err
			}
			n, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
			c.report("receive", buf[:n])
			return err
		},
	}
	for _, step := range strings.Fields(os.Args[1]) {
		f := send[step]
		if f == nil {
			f = receive[step]
		}
		if step == "recvmmsg" {
			f = func() error {
				ia, ib := iovecs(buf[:16<<10], 100), iovecs(buf[16<<10:])
				h := [2]unix.Mmsghdr{{Hdr: header(ia)}, {Hdr: header(ib)}}
				n, err := raw(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&h[0])), 2, 0, 0)
				if err == nil && n != 2 {
					err = fmt.Errorf("%d datagrams received", n)
				}
				c.report("receive", buf[:h[0].Len])
				c.report("receive", buf[16<<10:][:h[1].Len])
				return err
			}
		}
		if err := f(); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

// raw makes a system call.
func raw(nr uintptr, args ...uintptr) (int, error) {
	var a [6]uintptr
	copy(a[:], args)
	n, _, errno := unix.Syscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// iovecs returns b in pieces.
func iovecs(b []byte, sizes ...int) []unix.Iovec {
	var list []unix.Iovec
	for _, n := range sizes {
		list = append(list, unix.Iovec{Base: &b[0]})
		list[len(list)-1].SetLen(n)
		b = b[n:]
	}
	list = append(list, unix.Iovec{Base: &b[0]})
	list[len(list)-1].SetLen(len(b))
	return list
}

func header(iov []unix.Iovec) unix.Msghdr {
	h := unix.Msghdr{Iov: &iov[0]}
	h.SetIovlen(len(iov))
	return h
}

func TestTruncated(t *testing.T) {
	out, events := run(t, program("truncated"), Options{})
	var got []audit.Event
	for _, e := range events {
		if e.Op == audit.OpReceive {
			got = append(got, e)
		}
	}
	if len(got) != 2 {
		t.Fatalf("seen:\n%s", list(events))
	}
	if e := got[0]; e.Room != 20 || len(e.Data) != 20 || fmt.Sprintln(e.Length) != strings.SplitAfter(out, "\n")[0] {
		t.Errorf("room %d, %d bytes of %d; the program says %q", e.Room, len(e.Data), e.Length, out)
	}
	if e := got[1]; e.Room != 20 || len(e.Data) != 20 || e.MsgFlags&unix.MSG_TRUNC == 0 {
		t.Errorf("room %d, %d bytes, flags %#x", e.Room, len(e.Data), e.MsgFlags)
	}
}

// truncated receives into too small a buffer.
func truncated() error {
	c, err := open()
	if err != nil {
		return err
	}
	for range 2 {
		if err := unix.Sendto(c.fd, c.getLink(1), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
	}
	small := make([]byte, 20)
	n, _, err := unix.Recvfrom(c.fd, small, unix.MSG_TRUNC)
	if err != nil {
		return err
	}
	fmt.Println(n)
	n, _, flags, _, err := unix.Recvmsg(c.fd, small, nil, 0)
	if err != nil {
		return err
	}
	fmt.Println(n, flags)
	return nil
}
