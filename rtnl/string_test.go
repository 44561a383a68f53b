package rtnl

import (
	"fmt"
	"testing"
)

// What a program prints of the values that requests and answers are made of.
func TestStrings(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want string
	}{
		{LinkIndex(7), "7"},
		{LinkName("eth0"), "eth0"},
		{LinkRef{Index: 7, Name: "eth0"}, "eth0"},
		{LinkRef{}, ""},
		{NetNSName("blue"), "blue"},
		{NetNSNameOrPID("12"), "12"},
		{NetNSFD(3), "descriptor 3"},
		{NetNSPID(12), "process 12"},
		{NetNSID(-1), "nsid -1"},
		{NetNS{}, ""},
		{Some[uint8](3), "3"},
		{Some(LinkName("br0")), "br0"},
		{Opt[string]{}, "none"},
		{Address{Link: LinkIndex(2)}.Link, "2"},
	} {
		if got := fmt.Sprint(tt.v); got != tt.want {
			t.Errorf("%#v: %q, want %q", tt.v, got, tt.want)
		}
	}
}

func TestNetNSParts(t *testing.T) {
	for _, n := range []NetNS{{}, NetNSName("x"), NetNSFD(0), NetNSPID(5), NetNSID(0)} {
		fd, isFD := n.FD()
		pid, isPID := n.PID()
		id, isID := n.ID()
		if isFD != (n == NetNSFD(0)) || isPID != (n == NetNSPID(5)) || isID != (n == NetNSID(0)) || fd != 0 || id != 0 || isPID && pid != 5 {
			t.Errorf("%v: %d %v, %d %v, %d %v", n, fd, isFD, pid, isPID, id, isID)
		}
	}
}
