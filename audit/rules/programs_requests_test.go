package rules

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// secondSocket sends requests on both sockets of the process, on the second one
// with a port ID.
func secondSocket(asProcess bool) error {
	first, err := open(0)
	if err != nil {
		return err
	}
	if err := first.dump(unix.RTM_GETLINK, ifinfo(0)); err != nil {
		return err
	}
	s, err := open(0)
	if err != nil {
		return err
	}
	b := s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))
	port := s.port
	if asProcess {
		port = uint32(os.Getpid())
	}
	binary.NativeEndian.PutUint32(b[12:], port)
	return s.do(b)
}

// bindToProcess binds two sockets to the same port ID, sends a request on the
// first, and waits for notifications on the second.
func bindToProcess() error {
	own := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: uint32(os.Getpid())}
	first, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	if err := unix.Bind(first, own); err != nil {
		return err
	}
	second, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	if err := unix.Bind(second, own); !errors.Is(err, unix.EADDRINUSE) {
		return fmt.Errorf("bind: %v", err)
	}
	if _, _, err := unix.Recvfrom(second, make([]byte, plenty), unix.MSG_DONTWAIT); !errors.Is(err, unix.EAGAIN) {
		return fmt.Errorf("receive: %v, want EAGAIN", err)
	}
	return (&sock{fd: first}).dump(unix.RTM_GETLINK, ifinfo(0))
}

// requestTo dumps neighbours with an address that has groups.
func requestTo(groups uint32) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}
	if err := unix.Sendto(s.fd, s.msg(unix.RTM_GETNEIGH, unix.NLM_F_DUMP, make([]byte, 12)), 0, to); err != nil {
		return err
	}
	_, err = s.rest()
	return err
}

// connect connects the socket to the kernel and to groups.
func (s *sock) connect(groups uint32) error {
	return unix.Connect(s.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups})
}

// neighbours dumps neighbours without an address.
func (s *sock) neighbours() error {
	if err := unix.Send(s.fd, s.msg(unix.RTM_GETNEIGH, unix.NLM_F_DUMP, make([]byte, 12)), 0); err != nil {
		return err
	}
	_, err := s.rest()
	return err
}

// connected dumps neighbours on a socket that was connected to one address
// after another.
func connected(groups ...uint32) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := s.connect(g); err != nil {
			return err
		}
	}
	return s.neighbours()
}

// connectedAndTo dumps neighbours with the kernel's address, on a socket that
// is connected to groups.
func connectedAndTo(groups uint32) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.connect(groups); err != nil {
		return err
	}
	return s.dump(unix.RTM_GETNEIGH, make([]byte, 12))
}

// disconnected dumps neighbours on a socket that was connected to a group and
// disconnected again (AF_UNSPEC).
func disconnected() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.connect(unix.RTMGRP_NEIGH); err != nil {
		return err
	}
	none := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	if _, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(s.fd), uintptr(unsafe.Pointer(&none)), unsafe.Sizeof(none)); errno != 0 {
		return errno
	}
	return s.neighbours()
}

// fromAnother sends a request to another socket, which receives it with or
// without the sender's address.
func fromAnother(withAddress bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	other, err := open(0)
	if err != nil {
		return err
	}
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: other.port}
	if err := unix.Sendto(s.fd, s.msg(unix.RTM_GETLINK, 0, ifinfo(1)), 0, to); err != nil {
		return err
	}
	if withAddress {
		_, err = other.receive(plenty)
		return err
	}
	b := make([]byte, plenty)
	if _, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(other.fd), uintptr(unsafe.Pointer(&b[0])), plenty, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// acknowledged looks a link up twice with NLM_F_ACK, and reads one datagram
// each time, or both.
func acknowledged(both bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for range 2 {
		if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_ACK, ifinfo(1))); err != nil {
			return err
		}
		if _, err := s.receive(plenty); err != nil {
			return err
		}
		if both {
			if _, err := s.receive(plenty); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameNumber sends the same request again, before the answer to the first.
func sameNumber() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	b := s.msg(unix.RTM_GETLINK, 0, ifinfo(1))
	for range 2 {
		if err := s.send(b); err != nil {
			return err
		}
	}
	for range 2 {
		if _, err := s.receive(plenty); err != nil {
			return err
		}
	}
	return nil
}

// unacknowledged brings a link up, and exits, or asks whether it is up.
func unacknowledged(ask bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	up := ifinfo(1)
	binary.NativeEndian.PutUint32(up[8:], unix.IFF_UP)
	binary.NativeEndian.PutUint32(up[12:], unix.IFF_UP)
	if err := s.send(s.msg(unix.RTM_NEWLINK, 0, up)); err != nil || !ask {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, 0, ifinfo(1))); err != nil {
		return err
	}
	_, err = s.receive(plenty)
	return err
}
