package rules

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

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
	// The kernel prepares as much as the last receive had room for.
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

// overrunning listens to groups with a small buffer while many links are made,
// does something about it, and goes on listening.
func overrunning(groups uint32, resync func(*sock) error) error {
	return overrunningOf(unix.NETLINK_ROUTE, groups, resync)
}

// overrunningOf is overrunning with groups of a protocol.
func overrunningOf(protocol int, groups uint32, resync func(*sock) error) error {
	s, err := openOf(protocol, groups)
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
	if err := resync(other); err != nil {
		return err
	}
	_, err = s.receive(plenty)
	return err
}

func noDump(*sock) error      { return nil }
func dumpLinks(s *sock) error { return s.dump(unix.RTM_GETLINK, ifinfo(0)) }

// dumpAddresses dumps the addresses of a family.
func dumpAddresses(family byte) func(*sock) error {
	return func(s *sock) error { return s.dump(unix.RTM_GETADDR, []byte{family, 0, 0, 0, 0, 0, 0, 0}) }
}

// refusedDump asks for links in a way that the kernel refuses if it is strict.
func refusedDump(s *sock) error {
	if err := s.set(unix.NETLINK_GET_STRICT_CHK); err != nil {
		return err
	}
	if err := s.dump(unix.RTM_GETLINK, ifinfo(1)); !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("dump of one link: %v, want EINVAL", err)
	}
	return nil
}

// refusedAtFirst asks for links in a way that is refused, and then correctly.
func refusedAtFirst(s *sock) error {
	if err := refusedDump(s); err != nil {
		return err
	}
	return dumpLinks(s)
}

// receiveInto dumps links into a buffer of a size, as in the report: with
// recvfrom(2), which does not report truncation.
func receiveInto(room int) error {
	s, err := openWith(1)
	if err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	_, err = s.receive(room)
	return err
}

// twoDumps dumps links twice. The report's program abandoned an interrupted
// dump, and began the next on the same socket.
func twoDumps(whole bool) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	other, err := open(0) // so that receiving does not change how much the kernel prepares
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

// dumpsAtOnce asks for two dumps. The first is so short that the kernel has all
// of it ready.
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

// endUnread reads a dump except for its end, which the kernel has ready by
// then, and dumps again.
func endUnread() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	if _, err := s.receive(plenty); err != nil {
		return err
	}
	if err := s.send(s.msg(unix.RTM_GETLINK, unix.NLM_F_DUMP, ifinfo(0))); err != nil {
		return err
	}
	for range 2 {
		switch errno, err := s.rest(); {
		case err != nil:
			return err
		case errno != 0:
			return errno
		}
	}
	return nil
}

// linksBy dumps links with this header and these attributes while there are
// also others.
func linksBy(parts ...[]byte) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.veth("v0"); err != nil {
		return err
	}
	return s.dump(unix.RTM_GETLINK, parts...)
}

// addressesOf dumps the addresses of one interface while another also has one.
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
