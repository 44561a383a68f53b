package record

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

// maxStraceSockets bounds the number of descriptors that are remembered at
// once.
const maxStraceSockets = 1 << 16

// straceSockets is what is known of descriptors from the lines so far.
type straceSockets struct {
	of   map[int]map[int]*straceSocket // by process and descriptor
	last map[int]*straceSocket         // by descriptor alone, for threads and children that use a descriptor of another
	n    int
}

type straceSocket struct {
	netlink  bool
	protocol int
	inode    uint64
	port     uint32
}

// opened notes a descriptor that socket(2) returned.
func (s *straceSockets) opened(pid, fd int, sock *straceSocket) {
	if s.of == nil || s.n >= maxStraceSockets {
		*s = straceSockets{of: map[int]map[int]*straceSocket{}, last: map[int]*straceSocket{}}
	}
	if s.of[pid] == nil {
		s.of[pid] = map[int]*straceSocket{}
	}
	s.of[pid][fd], s.last[fd] = sock, sock
	s.n++
}

// closed forgets a descriptor of a process.
func (s *straceSockets) closed(pid, fd int) {
	if s.of[pid][fd] == nil {
		return
	}
	if s.last[fd] == s.of[pid][fd] {
		delete(s.last, fd)
	}
	delete(s.of[pid], fd)
	s.n--
}

// exited forgets a process.
func (s *straceSockets) exited(pid int) {
	s.n -= len(s.of[pid])
	delete(s.of, pid)
}

func (s *straceSockets) find(pid, fd int) *straceSocket {
	if sock := s.of[pid][fd]; sock != nil {
		return sock
	}
	return s.last[fd]
}

// descriptor is an argument that is a descriptor: its number and the
// description of -y.
type descriptor struct {
	fd    int
	about string
	raw   bool // -e raw shows arguments in hexadecimal, without what they point to
}

// parseDescriptor reads "3", "3<socket:[123]>", "3<NETLINK:[ROUTE:1234]>" or
// "0x3" at the start of s.
func parseDescriptor(s string) (d descriptor, ok bool) {
	if strings.HasPrefix(s, "0x") {
		n := 2
		for n < len(s) && hexDigit(s[n]) >= 0 {
			n++
		}
		fd, err := strconv.ParseUint(s[2:n], 16, 31)
		return descriptor{fd: int(fd), raw: true}, err == nil
	}
	n := digits(s)
	fd, err := strconv.Atoi(s[:n])
	if err != nil {
		return d, false
	}
	d.fd = fd
	if rest, ok := strings.CutPrefix(s[n:], "<"); ok {
		d.about, _, _ = strings.Cut(rest, ">")
	}
	return d, true
}

// netlinkAbout reads the description of a netlink socket by -yy:
// "NETLINK:[123]" has its inode, before it is bound, and "NETLINK:[ROUTE:1234]"
// its protocol and port ID.
func netlinkAbout(about string) (sock straceSocket, bound, ok bool) {
	inside, ok := strings.CutPrefix(about, "NETLINK:[")
	if !ok {
		return sock, false, false
	}
	inside = strings.TrimSuffix(inside, "]")
	sock.netlink = true
	name, port, bound := strings.Cut(inside, ":")
	if !bound {
		inode, err := strconv.ParseUint(inside, 10, 64)
		sock.inode = inode
		return sock, false, err == nil
	}
	// The port ID is printed as a signed number.
	n, err := strconv.ParseInt(port, 10, 64)
	sock.port = uint32(n)
	protocol, known := nlspec.ProtocolNumber(name)
	if !known {
		number, err := strconv.ParseUint(name, 0, 8)
		protocol, known = int(number), err == nil
	}
	sock.protocol = protocol
	return sock, true, err == nil && known
}

// isNetlink reports whether descriptor d of process pid is a netlink socket,
// and returns what is known of it. known is false for a netlink socket whose
// protocol is not known.
func (s *straceSockets) isNetlink(pid int, d descriptor) (sock *straceSocket, netlink, known bool) {
	found := s.find(pid, d.fd)
	about, bound, ok := netlinkAbout(d.about)
	switch {
	case ok && bound:
		if found == nil || !found.netlink || found.protocol != about.protocol || found.port != 0 && found.port != about.port {
			found = &about
			s.opened(pid, d.fd, found)
		}
		found.port = about.port
		return found, true, true
	case ok:
		if found == nil || found.inode != about.inode {
			return &about, true, false
		}
		return found, true, true
	case d.about != "" && !strings.HasPrefix(d.about, "socket:["):
		return nil, false, false
	case found != nil:
		return found, found.netlink, true
	}
	return nil, false, false
}

// showsNetlink reports whether arguments show that a call is on a netlink
// socket, by their messages or addresses. It is for calls whose descriptor has
// no description.
func showsNetlink(text string) bool {
	list, _, _ := arguments(text)
	for _, arg := range list {
		for _, begin := range []string{"[{nlmsg_len=", "{nlmsg_len=", "[{msg_hdr={msg_name={sa_family=AF_NETLINK", "{msg_name={sa_family=AF_NETLINK", "{sa_family=AF_NETLINK"} {
			if strings.HasPrefix(arg, begin) {
				return true
			}
		}
	}
	return false
}

// fill sets an event's socket.
func (sock *straceSocket) fill(e *audit.Event, fd int) {
	e.FD, e.Protocol, e.Inode, e.PortID = fd, sock.protocol, sock.inode, sock.port
}

// parseAddress reads "{sa_family=AF_NETLINK, nl_pid=0, nl_groups=0x000001}". It
// returns nil for anything else.
func parseAddress(s string) *audit.Address {
	var a audit.Address
	netlink := false
	fields(s, func(name, value string) {
		switch name {
		case "sa_family":
			netlink = value == "AF_NETLINK"
		case "nl_pid":
			n, _ := strconv.ParseInt(value, 10, 64)
			a.PortID = uint32(n)
		case "nl_groups":
			n, _ := strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 32)
			a.Groups = uint32(n)
		}
	})
	if !netlink {
		return nil
	}
	return &a
}

// parseFlagWords reads "MSG_PEEK|MSG_TRUNC", "0" or "0x100 /* MSG_??? */". It
// ignores unknown words.
func parseFlagWords(s string) (flags int) {
	s, _, _ = strings.Cut(s, " ")
	if n, ok := audit.ParseMsgFlags(s); ok {
		return n
	}
	for word := range strings.SplitSeq(s, "|") {
		if n, ok := audit.ParseMsgFlags(word); ok {
			flags |= n
		}
	}
	return flags
}

// parseSockOption reads the level and the option of a setsockopt call.
func parseSockOption(level, option string) (l, o int, ok bool) {
	switch level {
	case "SOL_NETLINK":
		l = unix.SOL_NETLINK
	case "SOL_SOCKET":
		l = unix.SOL_SOCKET
	default:
		n, err := parseNumber(level)
		if err != nil {
			return 0, 0, false
		}
		l = n
	}
	if named, o, ok := audit.ParseOption(option); ok && named == l && !strings.Contains(option, "/") {
		return l, o, true
	}
	n, err := parseNumber(option)
	return l, n, err == nil
}

// parseNumber reads a number that a comment may follow: "0x63 /* NETLINK_???
// */".
func parseNumber(s string) (int, error) {
	s, _, _ = strings.Cut(s, " ")
	n, err := strconv.ParseInt(s, 0, 64)
	return int(n), err
}
