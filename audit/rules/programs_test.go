package rules

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var programs = []program{
	{"an interrupted dump", func() error { return interruptedDump(false) }, "dump-intr"},
	{"an interrupted dump, repeated", func() error { return interruptedDump(true) }, ""},
	{"an overrun", func() error { return overrunning(false) }, "overrun-no-resync"},
	{"an overrun and a dump", func() error { return overrunning(true) }, ""},
	{"too little room for a dump", func() error { return receiveInto(1024) }, "truncated"},
	{"enough room for a dump", func() error { return receiveInto(plenty) }, ""},
	{"a dump during a dump", func() error { return twoDumps(false) }, "dump-overlap"},
	{"two dumps asked for at once", dumpsAtOnce, "dump-overlap"},
	{"a dump after a dump", func() error { return twoDumps(true) }, ""},
	{"a nest's length counts too much", func() error { return bridgeWith(brokenNest) }, "leftover-bytes"},
	{"a u64 for a u32", func() error { return bridgeWith(longAgeing) }, "attr-length"},
	{"a bridge", func() error { return bridgeWith(ageing) }, ""},
	{"tables asked for as older programs do", olderDumps, ""},
	{"an MTU twice", twoMTUs, "duplicate-attr"},
	{"a port in the host's byte order", func() error { return vxlan(u16(4789)) }, "byte-order"},
	{"a port in network byte order", func() error { return vxlan(binary.BigEndian.AppendUint16(nil, 4789)) }, ""},
	{"no NLA_F_NESTED in a next hop", func() error { return nexthop(0) }, "nested-flag"},
	{"NLA_F_NESTED in a next hop", func() error { return nexthop(unix.NLA_F_NESTED) }, ""},
	{"addresses of one interface", func() error { return addressesOf(false) }, "filter-ignored"},
	{"addresses of one interface, checked strictly", func() error { return addressesOf(true) }, ""},
	{"nlmsg_pid is getpid()", func() error { return secondSocket(true) }, "port-id"},
	{"nlmsg_pid is the port ID", func() error { return secondSocket(false) }, ""},
	{"bind to getpid()", bindToProcess, "port-id"},
	{"a request to a group", func() error { return requestTo(unix.RTMGRP_NEIGH) }, "sender"},
	{"another's request taken without its address", func() error { return fromAnother(false) }, "sender"},
	{"another's request taken with its address", func() error { return fromAnother(true) }, ""},
	{"a request to the kernel", func() error { return requestTo(0) }, ""},
	{"an acknowledgement left behind", func() error { return acknowledged(false) }, "ack-unread"},
	{"an acknowledgement read", func() error { return acknowledged(true) }, ""},
	{"the same number again", sameNumber, "seq-reused"},
	{"a change without an acknowledgement", func() error { return unacknowledged(false) }, "no-ack"},
	{"a change and a request", func() error { return unacknowledged(true) }, ""},
	{"many changes one by one", oneByOne, "batch"},
	{"a look-up after creation", lookUp, "chosen-index"},
	{"a move after creation", move, "create-in-place"},
}

// interruptedDump makes a link while the links are being dumped.
func interruptedDump(repeat bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	other, err := open(0)
	if err != nil {
		return err
	}
	if err := other.links(10); err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	// The kernel fills as much ahead as the last receive had room for.
	if _, err := s.receive(8 << 10); err != nil {
		return err
	}
	if err := other.veth("new"); err != nil {
		return err
	}
	if _, err := s.rest(); err != nil || !repeat {
		return err
	}
	return s.dump(unix.RTM_GETLINK, ifinfo(0))
}

// overrunning listens with a small buffer while many links are made, and goes on listening.
func overrunning(resync bool) error {
	s, err := open(unix.RTMGRP_LINK)
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
		return err
	}
	other, err := open(0)
	if err != nil {
		return err
	}
	if err := other.links(many - 1); err != nil {
		return err
	}
	if _, err := s.receive(plenty); !errors.Is(err, unix.ENOBUFS) {
		return fmt.Errorf("no overrun: %v", err)
	}
	if resync {
		if err := other.dump(unix.RTM_GETLINK, ifinfo(0)); err != nil {
			return err
		}
	}
	_, err = s.receive(plenty)
	return err
}

// receiveInto dumps links into a buffer of a size, as the report has it: with recvfrom(2), which does not tell of the rest.
func receiveInto(room int) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.links(1); err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	_, err = s.receive(room)
	return err
}

// twoDumps dumps links twice. The report's program left a dump that was interrupted, and began the next on the same socket.
func twoDumps(whole bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	other, err := open(0) // its receives shall not tell the kernel how much to fill
	if err != nil {
		return err
	}
	if err := other.links(10); err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	if whole {
		if _, err := s.rest(); err != nil {
			return err
		}
		return s.dump(unix.RTM_GETLINK, ifinfo(0))
	}
	if _, err := s.receive(8 << 10); err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	for {
		switch errno, err := s.rest(); {
		case err != nil:
			return err
		case errno == unix.EBUSY:
			return nil
		}
	}
}

// dumpsAtOnce asks for two dumps, of which the first is so short that the kernel has it ready.
func dumpsAtOnce() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for range 2 {
		if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
			return err
		}
	}
	_, err = s.rest()
	return err
}

// addressesOf dumps the addresses of one interface, while another has one too.
func addressesOf(strict bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if strict {
		if err := s.set(unix.NETLINK_GET_STRICT_CHK); err != nil {
			return err
		}
	}
	if err := s.veth("v0"); err != nil {
		return err
	}
	for index := range uint32(2) {
		ifaddr := append([]byte{unix.AF_INET, 24, 0, 0}, u32(index+1)...)
		address := []byte{10, 0, byte(index), 1}
		if err := s.do(s.msg(unix.RTM_NEWADDR, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifaddr, nla(unix.IFA_LOCAL, address))); err != nil {
			return fmt.Errorf("address: %w", err)
		}
	}
	return s.dump(unix.RTM_GETADDR, append([]byte{unix.AF_INET, 0, 0, 0}, u32(2)...))
}

// secondSocket sends requests by both sockets of the process, by the second one with a port ID.
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

// bindToProcess binds two sockets to the same port ID, asks by the first, and looks for notifications at the second.
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

// fromAnother sends a request to another socket, which receives it with the sender's address or without.
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

// acknowledged looks a link up twice with NLM_F_ACK, and reads one datagram each time, or both.
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

// sameNumber sends a request again as it is, before the answer to the first.
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

// unacknowledged brings a link up, and goes, or asks whether it is.
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

// oneByOne makes many links.
func oneByOne() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	return s.links(many)
}

// lookUp looks links up that it has made.
func lookUp() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.links(several); err != nil {
		return err
	}
	for i := range several {
		if err := s.send(s.msg(unix.RTM_GETLINK, 0, ifinfo(0), nla(unix.IFLA_IFNAME, text(fmt.Sprintf("v%d", i))))); err != nil {
			return err
		}
		if _, err := s.receive(plenty); err != nil {
			return err
		}
	}
	return nil
}

// move moves links that it has made into another namespace.
func move() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.links(several); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	there, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer there.Close()
	for i := range several {
		if err := s.do(s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK, ifinfo(0), nla(unix.IFLA_IFNAME, text(fmt.Sprintf("v%d", i))),
			nla(unix.IFLA_NET_NS_FD, u32(uint32(there.Fd()))))); err != nil {
			return err
		}
	}
	return nil
}
