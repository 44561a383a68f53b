package rtnl

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// otherNetNS returns a descriptor of a fresh network namespace.
func otherNetNS(t testing.TB) int {
	t.Helper()
	type result struct {
		fd  int
		err error
	}
	made := make(chan result)
	go unshareNetNS(func(fd int, err error) { made <- result{fd, err} })
	r := <-made
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { unix.Close(r.fd) })
	return r.fd
}

// unshareNetNS ends its thread, which must not be the main one: that cannot
// end.
func unshareNetNS(made func(int, error)) {
	lockThread()
	if unix.Gettid() == unix.Getpid() {
		next := make(chan struct{})
		go unshareNetNS(func(fd int, err error) { made(fd, err); close(next) })
		<-next
		runtime.UnlockOSThread()
		return
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		made(-1, err)
		return
	}
	made(unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0))
}

// One message creates a pair with its ends in two other namespaces, each with
// every possible attribute, and with one end up and in a bridge.
func TestIntegrationVethAcrossNamespaces(t *testing.T) {
	here := dial(t, nil)
	clearLinks(t, here)
	left, right := otherNetNS(t), otherNetNS(t)
	l, r := dial(t, &Config{NetNS: NetNSFD(left)}), dial(t, &Config{NetNS: NetNSFD(right)})
	do(t, l, &LinkAdd{Kind: &Bridge{}, Name: "br", Index: 50})
	do(t, here, &LinkAdd{
		Kind: &Veth{Peer: &VethPeer{Name: "b", Index: 8, LinkAttrs: LinkAttrs{
			NetNS: NetNSFD(right), Address: mac("02:00:00:00:00:02"), Broadcast: mac("ff:ff:ff:ff:ff:fd"), MTU: 1300, TxQueues: 3, RxQueues: 4,
			TxQueueLen: Some(uint32(100)), Group: Some(uint32(3)),
			GSOMaxSize: Some(uint32(40000)), GSOMaxSegs: Some(uint32(40)), GROMaxSize: Some(uint32(30000)),
		}}},
		Name: "a", Index: 7, LinkAttrs: LinkAttrs{
			NetNS: NetNSFD(left), Flags: unix.IFF_UP | unix.IFF_NOARP, Change: unix.IFF_UP | unix.IFF_NOARP,
			Address: mac("02:00:00:00:00:01"), Broadcast: mac("ff:ff:ff:ff:ff:fe"), MTU: 1400, Master: Some(LinkIndex(50)),
			TxQueues: 2, RxQueues: 1, TxQueueLen: Some(uint32(500)), Group: Some(uint32(9)),
			GSOMaxSize: Some(uint32(60000)), GSOMaxSegs: Some(uint32(60)), GROMaxSize: Some(uint32(50000)),
		},
	})
	absent(t, here, "a", "b")
	absent(t, l, "b")
	absent(t, r, "a")
	type end struct {
		Name                           string
		Index, Peer, MTU, Group        uint32
		Address, Broadcast             string
		TxQueues, RxQueues, TxQueueLen uint32
		GSOMaxSize, GSOMaxSegs         uint32
		GROMaxSize                     uint32
		Up, NoARP                      bool
		Kind                           string
		Master                         uint32
	}
	view := func(k Link) end {
		return end{k.Name, k.Index, k.Link.Or(0), k.MTU, k.Group, k.Address.String(), k.Broadcast.String(), k.TxQueues, k.RxQueues, k.TxQueueLen,
			k.GSOMaxSize, k.GSOMaxSegs, k.GROMaxSize.Or(0), k.Up(), k.Flags&unix.IFF_NOARP != 0, k.Kind, k.Master}
	}
	a, b := getLink(t, l, LinkName("a")), getLink(t, r, LinkName("b"))
	first := end{"a", 7, 8, 1400, 9, "02:00:00:00:00:01", "ff:ff:ff:ff:ff:fe", 2, 1, 500, 60000, 60, 50000, true, true, "veth", 50}
	second := end{"b", 8, 7, 1300, 3, "02:00:00:00:00:02", "ff:ff:ff:ff:ff:fd", 3, 4, 100, 40000, 40, 30000, false, false, "veth", 0}
	if _, older := olderLinux(t, 5, 19); older {
		// The GRO size is not set, and veth gives its peer the GSO sizes of the
		// first end.
		first.GROMaxSize, second.GROMaxSize = 0, 0
		second.GSOMaxSize, second.GSOMaxSegs = first.GSOMaxSize, first.GSOMaxSegs
	}
	if getLink(t, l, LinkName("lo")).RxQueues == 0 { // a kernel without CONFIG_RPS does not tell
		first.RxQueues, second.RxQueues = 0, 0
	}
	if diff := cmp.Diff(first, view(a)); diff != "" {
		t.Errorf("first end: - asked for, + there\n%s", diff)
	}
	if diff := cmp.Diff(second, view(b)); diff != "" {
		t.Errorf("peer: - asked for, + there\n%s", diff)
	}
	if !a.LinkNetNSID.IsSet() || !b.LinkNetNSID.IsSet() {
		t.Errorf("no nsid of the other end: %v, %v", a.LinkNetNSID, b.LinkNetNSID)
	}
	// Deleting one end deletes both.
	do(t, r, &LinkDel{Link: LinkIndex(8)})
	absent(t, l, "a")
}

func TestIntegrationLinkMove(t *testing.T) {
	testenv.NeedTool(t, "sh")
	here := dial(t, nil)
	clearLinks(t, here)
	fd := otherNetNS(t)
	there := dial(t, &Config{NetNS: NetNSFD(fd)})
	child := exec.Command("sh", "-c", "read line") // ends when its input does
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		input.Close()
		child.Wait() //nolint:errcheck // read fails at the end of its input
	}()
	childFD, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", child.Process.Pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(childFD)
	inChild := dial(t, &Config{NetNS: NetNSFD(childFD)})
	const id = 17
	do(t, here, &NSIDSet{NetNS: NetNSFD(fd), ID: id})
	for _, tt := range []struct {
		name string
		to   NetNS
		conn *Conn
	}{{"by-fd", NetNSFD(fd), there}, {"by-pid", NetNSPID(child.Process.Pid), inChild}, {"by-nsid", NetNSID(id), there}} {
		add := pair(tt.name, "p-"+tt.name)
		add.Index = 900
		do(t, here, add)
		// Renamed and moved at once.
		do(t, here, &LinkSet{Link: LinkIndex(900), NewName: "m-" + tt.name, LinkAttrs: LinkAttrs{NetNS: tt.to}})
		absent(t, here, tt.name, "m-"+tt.name)
		if l := getLink(t, tt.conn, LinkName("m-"+tt.name)); l.Kind != "veth" {
			t.Errorf("%s: %+v", tt.name, l)
		}
	}
	// Created there, read there and deleted there, by the id alone.
	do(t, here, &LinkAdd{Kind: &Bridge{}, Name: "remote", LinkAttrs: LinkAttrs{NetNS: NetNSID(id)}})
	absent(t, here, "remote")
	links, err := here.Links(t.Context(), LinkDump{NetNS: NetNSID(id), Kind: "bridge"})
	if err != nil || len(links) != 1 || links[0].Name != "remote" {
		t.Errorf("bridges there: %v, %v", links, err)
	}
	if m, err := here.Get(t.Context(), &LinkGet{Link: LinkName("remote"), NetNS: NetNSID(id)}); err != nil {
		t.Error(err)
	} else if l, err := DecodeLink(m); err != nil || l.Name != "remote" {
		t.Errorf("got %+v, %v", l, err)
	}
	remote := LinkName("remote")
	if _, older := olderLinux(t, 6, 1); older && len(links) == 1 {
		remote = LinkIndex(links[0].Index) // see LinkDel.NetNS
	}
	do(t, here, &LinkDel{Link: remote, NetNS: NetNSID(id)})
	absent(t, there, "remote")
	if err := here.Do(t.Context(), &LinkAdd{Kind: &Bridge{}, Name: "nowhere", LinkAttrs: LinkAttrs{NetNS: NetNSID(99)}}); err == nil {
		t.Error("an id of no namespace was taken")
	}
	absent(t, here, "nowhere")
}

// What this package refuses because the kernel would do something else than
// asked.
func TestIntegrationNamespaceGivenWrongly(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	fd := otherNetNS(t)
	do(t, c, &NSIDSet{NetNS: NetNSFD(fd), ID: 18})
	for _, r := range []Request{
		&LinkDel{Link: LinkName("lo"), NetNS: NetNSFD(fd)}, &LinkDel{Link: LinkName("lo"), NetNS: NetNSPID(1)},
		&LinkGet{Link: LinkName("lo"), NetNS: NetNSFD(fd)}, &LinkDump{NetNS: NetNSPID(1)},
		&LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "p", LinkAttrs: LinkAttrs{NetNS: NetNSID(18)}}}, Name: "v"},
	} {
		var e Encoder
		if _, err := e.message(r); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "give the namespace by") {
			t.Errorf("%T: got %v", r, err)
		}
	}
	// The reason for the last one: the peer of such a message is created here.
	do(t, c, &LinkAdd{Name: "v", Kind: raws{"veth", func(e *Encoder) {
		mark := e.NestPlain(vethInfoPeer)
		e.ifinfomsg(unix.AF_UNSPEC, LinkIndex(0), 0, 0)
		e.String(unix.IFLA_IFNAME, "misplaced")
		e.Int32(unix.IFLA_TARGET_NETNSID, 18)
		e.EndNest(mark)
	}}})
	if _, err := c.Link(t.Context(), LinkName("misplaced")); err != nil {
		t.Errorf("the kernel has learned to read a peer's IFLA_TARGET_NETNSID: %v", err)
	}
}
