package record

import (
	"encoding/binary"
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

// straceCall is a call that has returned.
type straceCall struct {
	straceLine
	args   []string
	ret    returned
	socket *straceSocket // nil for socket and execve
	event  audit.Event   // what is known before the arguments are read
}

// arg returns argument i, or "" if there is none.
func (c *straceCall) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}

// straceCalls are the calls that are read.
var straceCalls = map[string]func(*straceReader, *straceCall) error{
	"execve":      (*straceReader).execve,
	"socket":      (*straceReader).socket,
	"bind":        (*straceReader).address,
	"connect":     (*straceReader).address,
	"getsockname": (*straceReader).getsockname,
	"setsockopt":  (*straceReader).setsockopt,
	"close":       (*straceReader).closed,
	"send":        (*straceReader).buffer,
	"sendto":      (*straceReader).buffer,
	"write":       (*straceReader).buffer,
	"recv":        (*straceReader).buffer,
	"recvfrom":    (*straceReader).buffer,
	"read":        (*straceReader).buffer,
	"writev":      (*straceReader).vector,
	"readv":       (*straceReader).vector,
	"sendmsg":     (*straceReader).message,
	"recvmsg":     (*straceReader).message,
	"sendmmsg":    (*straceReader).messages,
	"recvmmsg":    (*straceReader).messages,
}

// execve(path, ...)
func (s *straceReader) execve(c *straceCall) error {
	if c.ret.value == 0 {
		if len(s.programs) >= maxProcesses {
			clear(s.programs)
		}
		file, ok := strings.CutPrefix(c.arg(0), `"`)
		if !ok {
			return nil // a raw argument
		}
		name := path.Base(unescapeC(strings.TrimSuffix(file, `"`)))
		s.programs[c.pid] = name[:min(len(name), 15)] // TASK_COMM_LEN
	}
	return nil
}

// socket(AF_NETLINK, type, protocol)
func (s *straceReader) socket(c *straceCall) error {
	domain, err := parseNumber(c.arg(0)) // raw arguments
	opened := &straceSocket{netlink: c.arg(0) == "AF_NETLINK" || c.arg(0) == "PF_NETLINK" || err == nil && domain == unix.AF_NETLINK}
	if opened.netlink {
		s.netlink = true
		var ok bool
		if opened.protocol, ok = nlspec.ProtocolNumber(c.arg(2)); !ok {
			n, err := parseNumber(c.arg(2))
			if err != nil {
				return fmt.Errorf("netlink protocol %.40q is not known", c.arg(2))
			}
			opened.protocol = n
		}
	}
	fd := -1
	if c.event.Errno == 0 {
		fd = int(c.ret.value)
		if about, _, ok := netlinkAbout(strings.TrimSuffix(strings.TrimPrefix(c.ret.text, "<"), ">")); ok {
			opened.inode = about.inode
		} else if inode, ok := strings.CutPrefix(c.ret.text, "<socket:["); ok {
			opened.inode, _ = strconv.ParseUint(strings.TrimSuffix(inode, "]>"), 10, 64)
		}
		s.sockets.opened(c.pid, fd, opened)
	}
	if !opened.netlink {
		return nil
	}
	e := c.event
	e.Op = audit.OpSocket
	e.SocketType, _ = audit.ParseSocketType(c.arg(1))
	opened.fill(&e, fd)
	s.add(e)
	return nil
}

// bind(fd, address, length), connect(fd, address, length)
func (s *straceReader) address(c *straceCall) error {
	e := c.event
	e.Op, e.Address = audit.OpBind, parseAddress(c.arg(1))
	if c.name == "connect" {
		e.Op = audit.OpConnect
	}
	if e.Op == audit.OpBind && e.Errno == 0 && e.Address != nil && e.Address.PortID != 0 {
		c.socket.port = e.Address.PortID
		e.PortID = c.socket.port
	}
	s.add(e)
	return nil
}

// getsockname(fd, address, length)
func (s *straceReader) getsockname(c *straceCall) error {
	if a := parseAddress(c.arg(1)); a != nil && c.event.Errno == 0 {
		c.socket.port = a.PortID
	}
	return nil
}

// setsockopt(fd, level, option, [value], length)
func (s *straceReader) setsockopt(c *straceCall) error {
	e := c.event
	var ok bool
	if e.Level, e.Option, ok = parseSockOption(c.arg(1), c.arg(2)); !ok {
		e.Op, e.Text = audit.OpLost, fmt.Sprintf("line %d: option %s of setsockopt is not known", s.line, c.arg(2))
		s.add(e)
		return nil
	}
	e.Op = audit.OpSetsockopt
	if words := elements(c.arg(3)); len(words) == 1 && c.arg(4) == "4" {
		if n, err := parseNumber(words[0]); err == nil {
			e.Value = binary.NativeEndian.AppendUint32(nil, uint32(n))
		}
	}
	s.add(e)
	return nil
}

// close(fd)
func (s *straceReader) closed(c *straceCall) error {
	e := c.event
	e.Op = audit.OpClose
	if e.Errno == 0 {
		s.sockets.closed(c.pid, e.FD)
	}
	s.add(e)
	return nil
}

// moved returns the event of a call that moved a datagram or failed to.
func (c *straceCall) moved() audit.Event {
	e := c.event
	e.Op = audit.OpSend
	if strings.HasPrefix(c.name, "re") {
		e.Op = audit.OpReceive
		if !e.Time.IsZero() {
			e.Time = e.Time.Add(e.Took)
		}
	}
	if e.Errno == 0 {
		e.Length = int(c.ret.value)
	}
	return e
}

// sendto(fd, buffer, length, flags, address, length), recvfrom with the same
// arguments, write(fd, buffer, length) and read
func (s *straceReader) buffer(c *straceCall) error {
	e := c.moved()
	if e.Op == audit.OpReceive {
		if n, err := strconv.Atoi(c.arg(2)); err == nil {
			e.Room = n
		}
	}
	e.Flags, e.Address = parseFlagWords(c.arg(3)), parseAddress(c.arg(4))
	s.add(e)
	return nil
}

// writev(fd, vector, count), readv
func (s *straceReader) vector(c *straceCall) error {
	e := c.moved()
	if e.Op == audit.OpReceive {
		e.Room = room(c.arg(1))
	}
	s.add(e)
	return nil
}

// sendmsg(fd, message, flags), recvmsg
func (s *straceReader) message(c *straceCall) error {
	e := c.moved()
	header(&e, c.arg(1))
	e.Flags = parseFlagWords(c.arg(2))
	s.add(e)
	return nil
}

// sendmmsg(fd, [{msg_hdr=message, msg_len=n}, ...], count, flags), recvmmsg
func (s *straceReader) messages(c *straceCall) error {
	one := c.moved()
	one.Flags = parseFlagWords(c.arg(3))
	if one.Errno != 0 {
		s.add(one)
		return nil
	}
	for i, m := range elements(c.arg(1)) {
		if int64(i) >= c.ret.value {
			break
		}
		e := one
		e.Length = 0
		fields(m, func(name, value string) {
			switch name {
			case "msg_hdr":
				header(&e, value)
			case "msg_len":
				e.Length, _ = strconv.Atoi(value)
			}
		})
		s.add(e)
	}
	return nil
}

// header reads a struct msghdr.
func header(e *audit.Event, s string) {
	fields(s, func(name, value string) {
		switch {
		case name == "msg_name":
			e.Address = parseAddress(value)
		case name == "msg_iov" && e.Op == audit.OpReceive:
			e.Room = room(value)
		case name == "msg_flags" && e.Op == audit.OpReceive:
			e.MsgFlags = parseFlagWords(value)
		}
	})
}

// room returns the size in bytes of the buffers in an array of struct iovec, or
// -1 if it is not known.
func room(iov string) int {
	n := 0
	list := elements(iov)
	for _, v := range list {
		known := false
		fields(v, func(name, value string) {
			if size, err := strconv.Atoi(value); name == "iov_len" && err == nil && size >= 0 {
				n, known = n+size, true
			}
		})
		if !known {
			return -1
		}
	}
	if len(list) == 0 {
		return -1
	}
	return n
}
