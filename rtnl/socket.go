package rtnl

import (
	"os"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	msocket "github.com/mdlayher/socket"
	"golang.org/x/sys/unix"
)

// socket is what a Conn needs of its socket beside reading and writing datagrams.
type socket interface {
	SyscallConn() (syscall.RawConn, error)
	SetReadDeadline(time.Time) error
	Close() error
}

// open opens a NETLINK_ROUTE socket with extended acknowledgements and strict
// checking, and returns its port.
func open(cfg *Config) (socket, uint32, error) {
	if cfg.NetNS == 0 {
		return openHere()
	}
	nl, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{NetNS: cfg.NetNS, Strict: true})
	if err != nil {
		return nil, 0, err
	}
	return nl, nl.PID(), nil
}

// openHere is what netlink.Dial does in the calling thread's namespace, on the
// socket package that it does it with. For the message layer on top, which a Conn
// does not use, netlink.Dial seeds a random number generator of 5 KB each time: that
// takes as long as all of this, and there may be thousands of sockets, or a command
// that ends at once.
func openHere() (socket, uint32, error) {
	s, err := msocket.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE, "netlink", nil)
	if err != nil {
		return nil, 0, err
	}
	portID, err := bindHere(s)
	if err != nil {
		s.Close()
		return nil, 0, err
	}
	return s, portID, nil
}

func bindHere(s *msocket.Conn) (uint32, error) {
	if err := s.Bind(&unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	for _, option := range []int{unix.NETLINK_EXT_ACK, unix.NETLINK_GET_STRICT_CHK} {
		if err := s.SetsockoptInt(unix.SOL_NETLINK, option, 1); err != nil {
			return 0, err
		}
	}
	name, err := s.Getsockname()
	if err != nil {
		return 0, err
	}
	return name.(*unix.SockaddrNetlink).Pid, nil
}

func setsockopt(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}

// setBuffer sets the size of a buffer, beyond the machine's bound where that is
// allowed.
func setBuffer(fd, force, option, size int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, force, size) == nil {
		return nil
	}
	return setsockopt(fd, unix.SOL_SOCKET, option, size)
}
