package rules

import (
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
