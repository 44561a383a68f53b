package rtnl

import (
	"io/fs"
	"iter"
	"strconv"
	"strings"

	msocket "github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

// A NetNS refers to a network namespace. The zero NetNS is the socket's own
// namespace or, when opening a socket, the calling thread's.
type NetNS struct {
	// attr says what the other fields are: an attribute of link messages, or
	// one of the two constants below, with a name.
	attr  uint16
	value int32
	name  string
}

const (
	netnsName      = 1<<16 - 1
	netnsNameOrPID = 1<<16 - 2
)

// NetNSFD refers to a namespace by an open descriptor.
func NetNSFD(fd int) NetNS { return NetNS{attr: unix.IFLA_NET_NS_FD, value: int32(fd)} }

// NetNSPID refers to the namespace of a process.
func NetNSPID(pid int) NetNS { return NetNS{attr: unix.IFLA_NET_NS_PID, value: int32(pid)} }

// NetNSID refers to a namespace by the id that it has in the socket's own
// (IFLA_TARGET_NETNSID).
func NetNSID(id int32) NetNS { return NetNS{attr: unix.IFLA_TARGET_NETNSID, value: id} }

// NetNSName refers to a namespace by its name in /run/netns, or by a path,
// which contains a "/". It is opened when the request is sent
// (Config.OpenNetNS).
func NetNSName(name string) NetNS { return NetNS{attr: netnsName, name: name} }

// NetNSNameOrPID is NetNSName for a word that may also be a process id, if no
// namespace has that name. ip(8) accepts such words after "netns".
func NetNSNameOrPID(word string) NetNS { return NetNS{attr: netnsNameOrPID, name: word} }

// IsZero reports whether n is the zero NetNS.
func (n NetNS) IsZero() bool { return n.attr == 0 }

// Name returns what NetNSName or NetNSNameOrPID was given, "" for another
// NetNS.
func (n NetNS) Name() string { return n.name }

// MayBePID reports whether n comes from NetNSNameOrPID.
func (n NetNS) MayBePID() bool { return n.attr == netnsNameOrPID }

// PID returns the process whose namespace n is. It is false if n does not come
// from NetNSPID.
func (n NetNS) PID() (pid int, ok bool) {
	if n.attr != unix.IFLA_NET_NS_PID {
		return 0, false
	}
	return int(n.value), true
}

// FD returns the descriptor that n refers to, and false if n does not come from
// NetNSFD.
func (n NetNS) FD() (fd int, ok bool) {
	if n.attr != unix.IFLA_NET_NS_FD {
		return 0, false
	}
	return int(n.value), true
}

// ID returns the id that n refers to, and false if n does not come from
// NetNSID.
func (n NetNS) ID() (id int32, ok bool) {
	if n.attr != unix.IFLA_TARGET_NETNSID {
		return 0, false
	}
	return n.value, true
}

// String returns the name, or says what else n refers to: "process 7",
// "descriptor 3", "nsid 5". It is "" for the zero NetNS. A name may hold any
// byte.
func (n NetNS) String() string {
	switch n.attr {
	case unix.IFLA_NET_NS_PID:
		return "process " + signed(int64(n.value))
	case unix.IFLA_NET_NS_FD:
		return "descriptor " + signed(int64(n.value))
	case unix.IFLA_TARGET_NETNSID:
		return "nsid " + signed(int64(n.value))
	}
	return n.name
}

func (n NetNS) named() bool { return n.attr == netnsName || n.attr == netnsNameOrPID }

// A netnsAt is the offset of a descriptor in an encoded message, and its
// namespace.
type netnsAt struct {
	off   int
	netns NetNS
}

func (n NetNS) encode(e *Encoder) { n.encodeAs(e, unix.IFLA_NET_NS_FD, n.attr) }

// encodeAs appends n as an attribute: fd if n is a descriptor or a name,
// otherwise other.
func (n NetNS) encodeAs(e *Encoder, fd, other uint16) {
	switch {
	case n.IsZero():
	case n.named():
		e.Int32(fd, 0)
		e.spaces = append(e.spaces, netnsAt{len(e.buf) - 4, n})
	default:
		e.Int32(other, n.value)
	}
}

// encodeID appends n where only an id is possible.
func (n NetNS) encodeID(e *Encoder) {
	if !n.IsZero() && n.attr != unix.IFLA_TARGET_NETNSID {
		e.Fail("a link in another namespace: give the namespace by its id, NetNSID, or open a Conn in it")
		return
	}
	n.encode(e)
}

// NetNSs yields the namespaces that a request of this package refers to, for
// example to put a link there.
func NetNSs(r Request) iter.Seq[NetNS] {
	return func(yield func(NetNS) bool) {
		switch r := r.(type) {
		case *LinkAdd:
			if !r.NetNS.IsZero() && !yield(r.NetNS) {
				return
			}
			if v, ok := r.Kind.(*Veth); ok && v.Peer != nil && !v.Peer.NetNS.IsZero() {
				yield(v.Peer.NetNS)
			}
		case *LinkSet:
			if !r.NetNS.IsZero() {
				yield(r.NetNS)
			}
		case *NSIDSet:
			yield(r.NetNS)
		}
	}
}

// openNetNS opens a namespace that is given by name.
func openNetNS(n NetNS) (fd int, release func(), err error) {
	path := n.name
	if !strings.Contains(path, "/") {
		path = "/run/netns/" + n.name
	}
	fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT && n.MayBePID() {
		if pid, perr := strconv.Atoi(n.name); perr == nil {
			path = "/proc/" + strconv.Itoa(pid) + "/ns/net"
			fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
	}
	if err != nil {
		return 0, nil, &fs.PathError{Op: "open network namespace", Path: path, Err: err}
	}
	return fd, func() { unix.Close(fd) }, nil //nolint:errcheck // it is open
}

// socket opens a netlink socket in n. Open is Config.OpenNetNS.
func (n NetNS) socket(protocol int, open func(NetNS) (int, func(), error)) (*msocket.Conn, error) {
	var cfg msocket.Config
	switch {
	case n.IsZero():
	case n.named():
		fd, release, err := open(n)
		if err != nil {
			return nil, err
		}
		defer release()
		cfg.NetNS = fd
	case n.attr == unix.IFLA_NET_NS_FD:
		cfg.NetNS = int(n.value)
	default:
		return nil, invalid("give the namespace by descriptor or name")
	}
	if !n.IsZero() && cfg.NetNS == 0 { // 0 stands for no namespace there
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, &fs.PathError{Op: "duplicate", Path: "descriptor 0", Err: err}
		}
		defer unix.Close(fd) //nolint:errcheck // it is open
		cfg.NetNS = fd
	}
	s, err := msocket.Socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol, "netlink", &cfg)
	if err != nil && !n.IsZero() {
		err = enterError(err)
	}
	return s, err
}
