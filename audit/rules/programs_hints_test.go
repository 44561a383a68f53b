package rules

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// oneByOne makes many links.
func oneByOne() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	return s.links(many)
}

// pipelined makes many links, and receives the acknowledgements afterwards.
func pipelined() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for i := range many {
		if err := s.send(s.linkOf(fmt.Sprintf("v%d", i), "bridge")); err != nil {
			return err
		}
	}
	for range many {
		switch errno, err := s.rest(); {
		case err != nil:
			return err
		case errno != 0:
			return errno
		}
	}
	return nil
}

// linkNamed asks for a link by its name.
func (s *sock) linkNamed(name string) []byte {
	return s.msg(unix.RTM_GETLINK, 0, ifinfo(0), nla(unix.IFLA_IFNAME, text(name)))
}

// moved returns a request that moves one of openWith's links into the namespace
// of a descriptor.
func (s *sock) moved(link, ns int) []byte {
	return s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK, ifinfo(0), nla(unix.IFLA_IFNAME, text(fmt.Sprintf("v%d", link))), nla(unix.IFLA_NET_NS_FD, u32(uint32(ns))))
}

// lookUp creates links and looks them up.
func lookUp() error {
	s, err := openWith(several)
	if err != nil {
		return err
	}
	for i := range several {
		if err := s.send(s.linkNamed(fmt.Sprintf("v%d", i))); err != nil {
			return err
		}
		if _, err := s.receive(plenty); err != nil {
			return err
		}
	}
	return nil
}

// move creates links and moves them to another namespace.
func move() error {
	s, err := openWith(several)
	if err != nil {
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
		if err := s.do(s.moved(i, int(there.Fd()))); err != nil {
			return err
		}
	}
	return nil
}

// refusedChanges asks for many links of an unknown kind, and looks them up.
func refusedChanges() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for i := range many {
		name := fmt.Sprintf("v%d", i)
		if err := s.do(s.linkOf(name, "no kind")); !errors.Is(err, unix.EOPNOTSUPP) {
			return fmt.Errorf("link of no kind: %v, want EOPNOTSUPP", err)
		}
		if err := s.do(s.linkNamed(name)); !errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("look-up: %v, want ENODEV", err)
		}
	}
	return nil
}

// refusedCreations makes links with indices of its choice, asks for them again,
// and looks them up.
func refusedCreations() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	for i := range several {
		name := fmt.Sprintf("v%d", i)
		if err := s.do(s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifinfo(uint32(10+i)), nla(unix.IFLA_IFNAME, text(name)),
			nla(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, nla(unix.IFLA_INFO_KIND, text("bridge"))))); err != nil {
			return err
		}
		if err := s.do(s.linkOf(name, "bridge")); !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("the same link: %v, want EEXIST", err)
		}
		if err := s.send(s.linkNamed(name)); err != nil {
			return err
		}
		if _, err := s.receive(plenty); err != nil {
			return err
		}
	}
	return nil
}

// refusedMoves creates links and tries to move them to something that is not a
// namespace.
func refusedMoves() error {
	s, err := openWith(several)
	if err != nil {
		return err
	}
	for i := range several {
		if err := s.do(s.moved(i, s.fd)); !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("move: %v, want EINVAL", err)
		}
	}
	return nil
}
