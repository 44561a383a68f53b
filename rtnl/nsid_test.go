package rtnl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

func TestNSIDGolden(t *testing.T) {
	testGolden(t, rtgenmsgLen, []golden{
		{"ip netns set z 5", &NSIDSet{NetNS: NetNSFD(6), ID: 5}, unix.RTM_NEWNSID, 0, "00000000 0800030006000000 0800010005000000"},
		{"ip netns set z auto", &NSIDSet{NetNS: NetNSFD(6), ID: NSIDNotAssigned}, unix.RTM_NEWNSID, 0,
			"00000000 0800030006000000 08000100ffffffff"},
		{"ip netns list", &NSIDGet{NetNS: NetNSFD(6)}, unix.RTM_GETNSID, 0, "00000000 0800030006000000"},
		{"ip netns list-id", &NSIDDump{}, unix.RTM_GETNSID, 0x300, "00000000"},
		{"", &NSIDSet{NetNS: NetNSPID(7), ID: 1}, unix.RTM_NEWNSID, 0, "00000000 0800020007000000 0800010001000000"},
		{"", &NSIDGet{NetNS: NetNSID(5), Target: Some(int32(3))}, unix.RTM_GETNSID, 0, "00000000 0800010005000000 0800040003000000"},
		{"", &NSIDDump{Target: Some(int32(3))}, unix.RTM_GETNSID, 0x300, "00000000 0800040003000000"},
	})
}

func TestNSIDInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&NSIDSet{ID: 5}, "no namespace given"},
		{&NSIDSet{NetNS: NetNSFD(3), ID: -2}, "nsid -2"},
		{&NSIDSet{NetNS: NetNSID(3)}, "by descriptor, process or name"},
		{&NSIDGet{}, "no namespace given"},
	})
}

func TestIntegrationNSID(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	ipLines(t, "ip netns add rtnl-a", "ip netns add rtnl-b", "ip netns add rtnl-c")
	var fds []int
	for _, name := range []string{"rtnl-a", "rtnl-b", "rtnl-c"} {
		t.Cleanup(func() { ipLines(t, "ip netns del "+name) })
		f, err := os.Open("/run/netns/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fds = append(fds, int(f.Fd()))
	}
	id := func(req NSIDGet) int32 {
		t.Helper()
		v, err := c.NSID(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got := id(NSIDGet{NetNS: NetNSFD(fds[0])}); got != NSIDNotAssigned {
		t.Errorf("before: id %d", got)
	}
	do(t, c, &NSIDSet{NetNS: NetNSFD(fds[0]), ID: 5}, &NSIDSet{NetNS: NetNSFD(fds[1]), ID: NSIDNotAssigned})
	ipLines(t, "ip netns set rtnl-c 9")
	free := id(NSIDGet{NetNS: NetNSFD(fds[1])})
	if got := id(NSIDGet{NetNS: NetNSFD(fds[0])}); got != 5 || free < 0 || free == 5 {
		t.Errorf("ids %d and %d, want 5 and one that was free", got, free)
	}
	if got := id(NSIDGet{NetNS: NetNSFD(fds[2])}); got != 9 {
		t.Errorf("the id that ip set is %d, want 9", got)
	}
	list, err := c.NSIDs(t.Context(), NSIDDump{})
	if err != nil {
		t.Fatal(err)
	}
	ours := make(map[int32]bool)
	for _, n := range list {
		ours[n.ID] = true
		if n.Current.IsSet() {
			t.Errorf("%+v has a current id", n)
		}
	}
	theirs := make(map[int32]bool)
	for _, o := range ipJSON(t, "ip -j netns list-id") {
		theirs[int32(o["nsid"].(float64))] = true
	}
	if diff := same(theirs, ours); diff != "" || !ours[5] || !ours[9] || !ours[free] {
		t.Errorf("ids %v; (-ip +ours):\n%s", ours, diff)
	}
	for _, req := range []*NSIDSet{{NetNS: NetNSFD(fds[0]), ID: 7}, {NetNS: NetNSFD(fds[1]), ID: NSIDNotAssigned}} {
		if err := c.Do(t.Context(), req); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a second id: %v", err)
		}
	}
	// The namespace with id 5 is asked about the one with id 9.
	if got := id(NSIDGet{NetNS: NetNSFD(fds[2]), Target: Some(int32(5))}); got != NSIDNotAssigned {
		t.Errorf("in the namespace with id 5, rtnl-c has id %d", got)
	}
	if list, err := c.NSIDs(t.Context(), NSIDDump{Target: Some(int32(5))}); err != nil || len(list) != 0 {
		t.Errorf("ids in the namespace with id 5: %v, %v", list, err)
	}
	// Addresses of another namespace, by its id.
	ipLines(t, "ip -n rtnl-a addr add 10.77.0.1/24 dev lo")
	addrs, err := c.Addrs(t.Context(), AddrDump{NetNS: NetNSID(5)})
	if err != nil || len(addrs) != 1 || addrs[0].Prefix != prefix("10.77.0.1/24") || addrs[0].TargetNetNSID.Or(-1) != 5 {
		t.Errorf("addresses in the namespace with id 5: %+v, %v", addrs, err)
	}
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := c.Do(t.Context(), &NSIDSet{NetNS: NetNSFD(int(null.Fd())), ID: 7}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a descriptor of no namespace: %v", err)
	}
	// A process's namespace: the test's own, which keeps the id that it gets.
	self, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	if id(NSIDGet{NetNS: NetNSPID(os.Getpid())}) == NSIDNotAssigned {
		do(t, c, &NSIDSet{NetNS: NetNSPID(os.Getpid()), ID: NSIDNotAssigned})
	}
	byPID, byFD := id(NSIDGet{NetNS: NetNSPID(os.Getpid())}), id(NSIDGet{NetNS: NetNSFD(int(self.Fd()))})
	if byPID != byFD || byPID < 0 {
		t.Errorf("the process's namespace has id %d by process, %d by descriptor", byPID, byFD)
	}
}

func FuzzDecodeNSID(f *testing.F) {
	seed(f, &NSIDSet{NetNS: NetNSFD(6), ID: 5}, &NSIDGet{NetNS: NetNSID(5), Target: Some(int32(3))})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := DecodeNSID(Message{Type: unix.RTM_NEWNSID, Data: b})
		checkDecoded(t, err)
		if err != nil && n != (NSID{}) {
			t.Errorf("an error and %+v", n)
		}
	})
}
