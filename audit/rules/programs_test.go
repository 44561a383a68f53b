package rules

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

var programs = []program{
	{"an interrupted dump", func() error { return interruptedDump(false) }, "dump-intr"},
	{"an interrupted dump, repeated", func() error { return interruptedDump(true) }, ""},
	{"an overrun", func() error { return overrunning(false) }, "overrun-no-resync"},
	{"an overrun and a dump", func() error { return overrunning(true) }, ""},
	{"too little room for a dump", func() error { return receiveInto(1024) }, "truncated"},
	{"enough room for a dump", func() error { return receiveInto(plenty) }, ""},
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
	if err := other.links(20); err != nil {
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
