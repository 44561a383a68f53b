package rules

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// programEnv names the one of programs that this test binary should run.
const programEnv = "NSLAB_RULES_PROGRAM"

// A program does what the public report of a rule describes, in a network
// namespace of its own.
type program struct {
	name string
	run  func() error
	want string // the rule that it breaks; "" for a program that does the same correctly
}

func runProgram(name string) error {
	for _, p := range programs {
		if p.name == name {
			runtime.LockOSThread()
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("unshare: %w", err)
			}
			return p.run()
		}
	}
	return errors.New("no such program")
}

// sock is a raw netlink socket.
type sock struct {
	fd   int
	port uint32
	seq  uint32
}

// open opens a socket of rtnetlink in multicast groups (RTMGRP_LINK ...).
func open(groups uint32) (*sock, error) { return openOf(unix.NETLINK_ROUTE, groups) }

// openOf opens a socket of a protocol in multicast groups.
func openOf(protocol int, groups uint32) (*sock, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return nil, err
	}
	// A program that waits in vain must fail.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 60}); err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	return &sock{fd: fd, port: name.(*unix.SockaddrNetlink).Pid, seq: 100}, nil
}

// openWith opens a socket and uses it to make links, from v0 on.
func openWith(links int) (*sock, error) {
	s, err := open(0)
	if err != nil {
		return nil, err
	}
	return s, s.links(links)
}

func (s *sock) set(option int) error { return unix.SetsockoptInt(s.fd, unix.SOL_NETLINK, option, 1) }

// msg returns a request with the next sequence number.
func (s *sock) msg(typ, flags uint16, parts ...[]byte) []byte {
	s.seq++
	return msg(typ, flags, s.seq, parts...)
}

func msg(typ, flags uint16, seq uint32, parts ...[]byte) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN)
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags|unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(b[8:], seq)
	return b
}

func (s *sock) send(b []byte) error {
	return unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// receive receives a datagram into a buffer of room bytes, with the sender's
// address.
func (s *sock) receive(room int) ([]byte, error) {
	b := make([]byte, room)
	n, _, err := unix.Recvfrom(s.fd, b, 0)
	if err != nil {
		return nil, err
	}
	return b[:n], nil
}

const plenty = 64 << 10

// rest receives until the end of a dump, or an acknowledgement or error, and
// returns its errno.
func (s *sock) rest() (unix.Errno, error) {
	for {
		b, err := s.receive(plenty)
		if err != nil {
			return 0, err
		}
		for len(b) >= unix.NLMSG_HDRLEN {
			n := int(binary.NativeEndian.Uint32(b))
			if n < unix.NLMSG_HDRLEN || n > len(b) {
				return 0, errors.New("a message of an impossible length")
			}
			if typ := binary.NativeEndian.Uint16(b[4:]); typ == unix.NLMSG_DONE || typ == unix.NLMSG_ERROR {
				return unix.Errno(-int32(binary.NativeEndian.Uint32(b[unix.NLMSG_HDRLEN:]))), nil
			}
			b = b[min((n+3)&^3, len(b)):]
		}
	}
}

// do sends a request that asks for an acknowledgement and waits for it.
func (s *sock) do(b []byte) error {
	if err := s.send(b); err != nil {
		return err
	}
	switch errno, err := s.rest(); {
	case err != nil:
		return err
	case errno != 0:
		return errno
	}
	return nil
}

// dump reads a table.
func (s *sock) dump(typ uint16, parts ...[]byte) error {
	return s.do(s.msg(typ, unix.NLM_F_DUMP, parts...))
}

func u16(n uint16) []byte { return binary.NativeEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// nla returns an attribute with its padding.
func nla(typ uint16, payload ...[]byte) []byte {
	b := append(u16(0), u16(typ)...)
	for _, p := range payload {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint16(b, uint16(len(b)))
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func text(s string) []byte { return append([]byte(s), 0) }

func ifinfo(index uint32) []byte {
	return append(make([]byte, 4), append(u32(index), make([]byte, 8)...)...)
}

// veth makes a pair of veth devices.
func (s *sock) veth(name string) error {
	return s.do(s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifinfo(0), nla(unix.IFLA_IFNAME, text(name)),
		nla(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, nla(unix.IFLA_INFO_KIND, text("veth")))))
}

// links makes pairs of veth devices.
func (s *sock) links(pairs int) error {
	for i := range pairs {
		if err := s.veth(fmt.Sprintf("v%d", i)); err != nil {
			return fmt.Errorf("veth: %w", err)
		}
	}
	return nil
}
