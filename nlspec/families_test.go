package nlspec

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// newFamily returns the controller's message about a family.
func newFamily(cmd uint8, id uint16, name string, hdrsize uint32, groups ...[]byte) []byte {
	return msg(unix.GENL_ID_CTRL, 0, []byte{cmd, 2, 0, 0}, attr(1, u16(id)), attr(2, text(name)), attr(4, u32(hdrsize)), attr(7, groups...))
}

func group(index uint16, id uint32, name string) []byte {
	return attr(index, attr(2, u32(id)), attr(1, text(name)))
}

func TestFamilies(t *testing.T) {
	var f Families
	c := Context{Protocol: unix.NETLINK_GENERIC, Families: &f}
	request := msg(28, 0x301, []byte{4, 1, 0, 0}, attr(1, u32(7)))
	name := func(want string) {
		t.Helper()
		if got := c.Open(request).Message.Name; got != want {
			t.Errorf("the message is called %q, want %q", got, want)
		}
		if got := c.MessageName(request); got != want {
			t.Errorf("MessageName: %q, want %q", got, want)
		}
	}
	name("28:4")
	if got := c.MessageName(request[:16]); got != "28" {
		t.Errorf("the nlmsghdr alone is called %q", got)
	}
	// Nothing is learnt from a request for a family, or from other messages.
	c.Open(msg(unix.GENL_ID_CTRL, 1, []byte{3, 1, 0, 0}, attr(1, u16(28)), attr(2, text("asked"))))
	Context{Protocol: unix.NETLINK_GENERIC}.Open(newFamily(1, 28, "elsewhere", 0))
	Context{Protocol: unix.NETLINK_ROUTE, Families: &f}.Open(newFamily(1, 28, "route", 0))
	name("28:4")

	c.Open(newFamily(1, 28, "802.15.4 MAC", 0, group(1, 33, "list"), group(2, 34, "be a con")))
	name("802.15.4_MAC:4")
	if got := c.MessageName(request[:16]); got != "802.15.4_MAC" {
		t.Errorf("the nlmsghdr alone is called %q", got)
	}
	for id, want := range map[uint32]string{16: "nlctrl:notify", 33: "802.15.4_MAC:list", 34: "802.15.4_MAC:be_a_con", 35: "35"} {
		if got := f.GroupName(unix.NETLINK_GENERIC, id); got != want {
			t.Errorf("group %d is %q, want %q", id, got, want)
		}
	}
	if got := f.GroupName(unix.NETLINK_ROUTE, 1); got != "RTNLGRP_LINK" {
		t.Errorf("rtnetlink's group 1 is %q", got)
	}
	c.Open(newFamily(7, 28, "802.15.4 MAC", 0, group(1, 35, "late")))
	if got := f.GroupName(unix.NETLINK_GENERIC, 35); got != "802.15.4_MAC:late" {
		t.Errorf("group 35 is %q", got)
	}

	// Another family gets the number, with a header of its own.
	c.Open(newFamily(1, 28, "ovs_vport", 4, group(1, 33, "ovs_vport")))
	name("ovs_vport:4")
	if got := f.GroupName(unix.NETLINK_GENERIC, 34); got != "34" {
		t.Errorf("group 34 of a family that is gone is %q", got)
	}
	layout := c.Open(msg(28, 1, []byte{1, 1, 0, 0}, u32(9), attr(2, u32(7))))
	if n := len(layout.Body.Head); n != 8 {
		t.Errorf("the header has %d bytes, want genlmsghdr and 4 bytes", n)
	}
	if got := c.AttrPath(msg(28, 1, []byte{1, 1, 0, 0}, u32(9), attr(2, u32(7))), 24); got != "2" {
		t.Errorf("the attribute at byte 24 is %q", got)
	}
	c.Open(newFamily(2, 28, "ovs_vport", 4))
	name("28:4")

	// Messages that no controller sends.
	c.Open(newFamily(1, 3, "low", 0))
	c.Open(newFamily(1, 29, "", 0))
	c.Open(newFamily(1, 28, strings.Repeat("long", 9), 1<<31))
	name("longlonglonglong:4")
	if n := len(c.Open(request).Body.Head); n != 4 {
		t.Errorf("a header of %d bytes", n)
	}
	if len(f.ids) != 1 {
		t.Errorf("%d families are known, want 1", len(f.ids))
	}
}

// FuzzFamilies learns from any bytes, and opens a message with what it learnt.
func FuzzFamilies(f *testing.F) {
	f.Add(newFamily(1, 28, "ovs_vport", 4, group(1, 33, "x")), msg(28, 1, []byte{1, 1, 0, 0}, u32(9), attr(2, u32(7))))
	f.Add(newFamily(7, 28, "nl80211", 0, group(1, 33, "x")), newFamily(2, 28, "nl80211", 0))
	f.Add(newFamily(1, 16, "nlctrl", 1<<20), msg(16, 1, []byte{9, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var families Families
		c := Context{Protocol: unix.NETLINK_GENERIC, Families: &families}
		for _, m := range [][]byte{first, second, first} {
			layout := c.Open(m)
			if name := layout.Message.Name; strings.ContainsAny(name, " \n\x1b") {
				t.Errorf("a message is called %q", name)
			}
			layout.Body.Items(func(it *Item) bool {
				it.Child()
				return true
			})
		}
		if len(families.ids) > 2 {
			t.Errorf("%d families of two messages", len(families.ids))
		}
	})
}
