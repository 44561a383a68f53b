package audit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
)

// liveSocket is a traced rtnetlink socket in a network namespace of its own.
type liveSocket struct {
	t     *testing.T
	fd    int
	seq   uint32
	trace *strings.Builder
	sees  *Tracer
}

func newLiveSocket(t *testing.T) *liveSocket {
	t.Helper()
	ns, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	fd := -1
	err = ns.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
		return err
	})
	if err := errors.Join(err, ns.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	for _, option := range []int{unix.NETLINK_EXT_ACK, unix.NETLINK_CAP_ACK, unix.NETLINK_GET_STRICT_CHK} {
		if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, option, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 60}); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	return &liveSocket{t: t, fd: fd, trace: &b, sees: NewTracer(&b)}
}

// ask sends a request and returns the messages up to the acknowledgement or the
// end of the dump.
func (s *liveSocket) ask(typ, flags uint16, parts ...[]byte) (messages []Message) {
	s.t.Helper()
	s.seq++
	request := msg(typ, flags|unix.NLM_F_REQUEST, s.seq, parts...)
	s.sees.Observe(sent(request))
	if err := unix.Sendto(s.fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		s.t.Fatal(err)
	}
	for {
		b := make([]byte, 1<<17)
		n, _, err := unix.Recvfrom(s.fd, b, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		s.sees.Observe(received(b[:n]))
		got, rest := Decode(unix.NETLINK_ROUTE, b[:n])
		if len(got) == 0 || len(rest) != 0 {
			s.t.Fatalf("%d messages, rest % x", len(got), rest)
		}
		messages = append(messages, got...)
		if last := got[len(got)-1]; last.Ack != nil {
			return messages
		}
	}
}

// do sends a request that must succeed.
func (s *liveSocket) do(typ, flags uint16, parts ...[]byte) {
	s.t.Helper()
	messages := s.ask(typ, flags|unix.NLM_F_ACK, parts...)
	if last := messages[len(messages)-1]; last.Ack.Code != 0 {
		s.t.Fatal(last)
	}
}

// tablesUpTo is the newest kernel whose attributes are all in the tables.
var tablesUpTo = [2]int{7, 2}

// TestTablesKnowTheKernel dumps everything that the tables describe and looks
// for what they lack: attributes without a name, values of the wrong length,
// bytes left over.
func TestTablesKnowTheKernel(t *testing.T) {
	s := newLiveSocket(t)
	const create = unix.NLM_F_CREATE | unix.NLM_F_EXCL
	link := func(index uint32, flags uint32) []byte {
		return append(append(append(make([]byte, 4), u32(index)...), u32(flags)...), u32(flags)...)
	}
	name := func(n string) []byte { return attr(unix.IFLA_IFNAME, []byte(n+"\x00")) }
	kind := func(k string, data ...[]byte) []byte {
		return attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte(k+"\x00")), attr(unix.IFLA_INFO_DATA, data...))
	}
	s.do(unix.RTM_NEWLINK, create, link(10, 0), name("br"), kind("bridge", attr(unix.IFLA_BR_MCAST_QUERIER, []byte{1})))
	s.do(unix.RTM_NEWLINK, create, link(11, 0), name("p1"), kind("veth", attr(1, link(12, 0), name("p2"))))
	s.do(unix.RTM_NEWLINK, 0, link(11, unix.IFF_UP), attr(unix.IFLA_MASTER, u32(10)))
	s.do(unix.RTM_NEWLINK, 0, link(12, unix.IFF_UP))
	s.do(unix.RTM_NEWLINK, 0, link(10, unix.IFF_UP))
	s.do(unix.RTM_NEWLINKPROP, create|unix.NLM_F_APPEND, link(12, 0), attr(unix.IFLA_PROP_LIST|unix.NLA_F_NESTED, attr(unix.IFLA_ALT_IFNAME, []byte("second-name\x00"))))
	s.do(unix.RTM_NEWADDR, create, append([]byte{unix.AF_INET, 24, 0, 0}, u32(10)...), attr(unix.IFA_LOCAL, []byte{10, 0, 1, 1}))
	hop := append(append(u16(16), 0, 0), append(u32(10), attr(unix.RTA_GATEWAY, []byte{10, 0, 1, 2})...)...)
	s.do(unix.RTM_NEWROUTE, create, []byte{unix.AF_INET, 16, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0},
		attr(unix.RTA_DST, []byte{10, 9, 0, 0}), attr(unix.RTA_MULTIPATH, hop, hop), attr(unix.RTA_METRICS, attr(unix.RTAX_MTU, u32(1400))))
	s.do(unix.RTM_NEWRULE, create, []byte{unix.AF_INET, 0, 0, 0, 100, 0, 0, 1, 0, 0, 0, 0}, attr(unix.FRA_PRIORITY, u32(77)))
	s.do(unix.RTM_NEWNEIGH, create, append(append([]byte{unix.AF_INET, 0, 0, 0}, u32(10)...), 0x80, 0, 0, 0),
		attr(unix.NDA_DST, []byte{10, 0, 1, 9}), attr(unix.NDA_LLADDR, []byte{2, 0, 0, 0, 0, 9}))
	// A nexthop wants carrier. The veth has it as soon as both ends are up; the bridge has it when a worker of the kernel came by.
	s.do(unix.RTM_NEWADDR, create, append([]byte{unix.AF_INET, 24, 0, 0}, u32(12)...), attr(unix.IFA_LOCAL, []byte{10, 0, 2, 1}))
	s.do(unix.RTM_NEWNEXTHOP, create, []byte{unix.AF_INET, 0, 4, 0, 0, 0, 0, 0}, attr(1, u32(1)), attr(6, []byte{10, 0, 2, 3}), attr(5, u32(12)))

	var utsname unix.Utsname
	if err := unix.Uname(&utsname); err != nil {
		t.Fatal(err)
	}
	var release [2]int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(utsname.Release[:]), "%d.%d", &release[0], &release[1]); err != nil {
		t.Fatal(err)
	}
	newerKernel := release[0] > tablesUpTo[0] || release[0] == tablesUpTo[0] && release[1] > tablesUpTo[1]

	seen := map[string]int{}
	var check func(path string, values []Value)
	check = func(path string, values []Value) {
		for _, v := range values {
			at := path + "/" + v.Name
			seen[v.Name]++
			unnamed := v.Attribute && v.Name[0] >= '0' && v.Name[0] <= '9'
			if v.Malformed() || (unnamed || len(v.Rest) > 0) && !newerKernel {
				t.Errorf("%s: kind %d, % x, rest % x", at, v.Kind, v.Data, v.Rest)
			}
			check(at, v.Fields)
		}
	}
	mask := attr(unix.IFLA_EXT_MASK, u32(1))
	for _, dump := range []struct {
		typ   uint16
		parts [][]byte
		want  string
	}{
		{unix.RTM_GETLINK, [][]byte{ifinfo(), mask}, "IFLA_BR_FORWARD_DELAY IFLA_BRPORT_STATE IFLA_INET_CONF IFLA_INET6_CONF IFLA_ALT_IFNAME rx_packets"},
		{unix.RTM_GETLINK, [][]byte{append([]byte{unix.AF_BRIDGE}, ifinfo()[1:]...)}, "IFLA_BRPORT_COST"},
		{unix.RTM_GETLINK, [][]byte{append([]byte{unix.AF_INET6}, ifinfo()[1:]...)}, "IFLA_INET6_FLAGS"},
		{unix.RTM_GETADDR, [][]byte{make([]byte, 8)}, "IFA_CACHEINFO IFA_FLAGS"},
		{unix.RTM_GETROUTE, [][]byte{make([]byte, 12)}, "RTA_MULTIPATH RTA_GATEWAY RTA_TABLE RTAX_MTU RTA_CACHEINFO"},
		{unix.RTM_GETRULE, [][]byte{append([]byte{unix.AF_INET}, make([]byte, 11)...)}, "FRA_PRIORITY FRA_TABLE"},
		{unix.RTM_GETNEIGH, [][]byte{make([]byte, 12)}, "NDA_CACHEINFO NDA_PROBES"},
		{unix.RTM_GETNEIGH, [][]byte{append([]byte{unix.AF_BRIDGE}, make([]byte, 11)...)}, "NDA_MASTER"},
		{unix.RTM_GETNEXTHOP, [][]byte{make([]byte, 8)}, "NHA_ID NHA_GATEWAY NHA_OIF"},
		{unix.RTM_GETSTATS, [][]byte{make([]byte, 8), u32(0x1f)}, "IFLA_STATS_LINK_64 LINK_XSTATS_TYPE_BRIDGE rx_packets"},
		{unix.RTM_GETNETCONF, [][]byte{make([]byte, 4)}, "NETCONFA_IFINDEX NETCONFA_FORWARDING NETCONFA_PROXY_NEIGH"},
		{unix.RTM_GETNEIGHTBL, [][]byte{make([]byte, 4)}, "NDTA_CONFIG NDTA_STATS NDTPA_GC_STALETIME"},
		{unix.RTM_GETMDB, [][]byte{{unix.AF_BRIDGE, 0, 0, 0, 0, 0, 0, 0}}, "MDBA_MDB"},
		{unix.RTM_GETADDRLABEL, [][]byte{append([]byte{unix.AF_INET6}, make([]byte, 11)...)}, "IFAL_ADDRESS IFAL_LABEL"},
	} {
		clear(seen)
		messages := s.ask(dump.typ, unix.NLM_F_DUMP, dump.parts...)
		if last := messages[len(messages)-1]; last.Ack.Code != 0 {
			t.Fatal(last)
		}
		for _, m := range messages {
			if len(m.Rest) > 0 || m.Problem != "" {
				t.Errorf("%s", m)
			}
			check(m.Name, append(m.Fields, m.Attrs...))
		}
		for name := range strings.FieldsSeq(dump.want) {
			if seen[name] == 0 {
				t.Errorf("the dump of %s held no %s", nlspec.MessageName(unix.NETLINK_ROUTE, dump.typ), name)
			}
		}
	}
}

// TestTracerNamesWhatTheKernelRefuses sends what the kernel's policy forbids,
// on a socket to which the kernel does not send the request back.
func TestTracerNamesWhatTheKernelRefuses(t *testing.T) {
	s := newLiveSocket(t)
	s.ask(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifinfo(), attr(unix.IFLA_IFNAME, []byte("br1\x00")),
		attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte("bridge\x00")),
			attr(unix.IFLA_INFO_DATA, attr(unix.IFLA_BR_FORWARD_DELAY, u16(1)))))
	lines := strings.Split(strings.TrimSpace(s.trace.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, " at IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY") ||
		!strings.Contains(last, "error=ERANGE(-34)") || !strings.Contains(last, "NLMSGERR_ATTR_MSG=") {
		t.Errorf("trace:\n%s", s.trace)
	}
}
