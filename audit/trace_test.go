package audit

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestTracerGolden traces recorded traffic between iproute2 and the kernel.
func TestTracerGolden(t *testing.T) {
	testenv.NeedLittleEndian(t)
	for _, name := range golden(t) {
		var out bytes.Buffer
		tracer := NewTracer(&out)
		for _, s := range readFixture(t, name) {
			if s.remark != "" {
				fmt.Fprintln(&out, s.remark)
				continue
			}
			tracer.Observe(s.datagram)
		}
		if err := tracer.Err(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", strings.TrimSuffix(name, ".hex")+".txt")
		testenv.Golden(t, file, out.String(), *update)
	}
}

// TestTypes looks in recorded traffic for attributes whose type depends on the
// direction, on the family or on the link kind.
func TestTypes(t *testing.T) {
	testenv.NeedLittleEndian(t)
	var out strings.Builder
	tracer := NewTracer(&out)
	var odd func(values []Value)
	odd = func(values []Value) {
		for _, v := range values {
			if v.Malformed() || len(v.Rest) > 0 || !v.Known {
				t.Errorf("%s: % x, rest % x", v.Name, v.Data, v.Rest)
			}
			odd(v.Fields)
		}
	}
	for _, s := range readFixture(t, "types.hex") {
		fmt.Fprintln(&out, s.remark)
		if s.remark == "" {
			tracer.Observe(s.datagram)
			messages, _ := Decode(s.datagram.Protocol, s.datagram.Data)
			for _, m := range messages {
				odd(m.Attrs)
			}
		}
	}
	for _, want := range []string{
		"> RTM_NEWLINK .*{IFLA_VXLAN_TTL_INHERIT ", "< RTM_NEWLINK .* IFLA_VXLAN_TTL_INHERIT=1 ",
		`> RTM_NEWLINK .*{IFLA_INFO_KIND="bridge_slave" IFLA_INFO_SLAVE_DATA={IFLA_BRPORT_COST=10}}`,
		`> RTM_NEWLINK .*"sit" .*IFLA_IPTUN_FLAGS=(SIT_)?ISATAP`, `< RTM_NEWLINK .*"sit" .*IFLA_IPTUN_FLAGS=(SIT_)?ISATAP`,
		`> RTM_NEWLINK .*"ip6tnl" .*IFLA_IPTUN_FLAGS=RCV_DSCP_COPY `, `< RTM_NEWLINK .*"ip6tnl" .*IFLA_IPTUN_FLAGS=RCV_DSCP_COPY\|CAP_XMIT`,
		`> RTM_NEWROUTE .* RTA_DST=\[100,S\] RTA_NEWDST=\[200 300,S\]`, `< RTM_NEWROUTE .* RTA_DST=\[100,S\] RTA_NEWDST=\[200 300,S\]`,
		`< RTM_NEWROUTE .* RTA_ENCAP={MPLS_IPTUNNEL_DST=\[400 500,S\]} RTA_ENCAP_TYPE=MPLS`,
		"> RTM_NEWADDR .*family=PHONET .* IFA_LOCAL=96\n", "< RTM_NEWADDR .*family=PHONET .* IFA_LOCAL=96\n",
		"< RTM_NEWROUTE .*family=PHONET .* RTA_DST=108 ",
		"< RTM_NEWROUTE .*family=RTNL_FAMILY_IPMR .* RTA_EXPIRES=104\n",
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line is %s", want)
		}
	}
	if t.Failed() {
		t.Log(&out)
	}
}

// TestTracerResolves answers requests of one batch with errors that do not
// contain them.
func TestTracerResolves(t *testing.T) {
	var out strings.Builder
	tracer := NewTracer(&out)
	one := msg(unix.RTM_NEWLINK, 0x601, 1, ifinfo(), attr(unix.IFLA_IFNAME, []byte("a\x00")))
	two := msg(unix.RTM_NEWLINK, 0x601, 2, ifinfo(), attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_DATA, []byte{})))
	tracer.Observe(sent(append(one, two...)))
	refused := func(seq uint32, tlvs ...[]byte) []byte {
		parts := append([][]byte{u32(^uint32(16)), msg(unix.RTM_NEWLINK, 0x601, seq)}, tlvs...)
		return msg(unix.NLMSG_ERROR, 0x300, seq, parts...)
	}
	tracer.Observe(received(refused(1, attr(unix.NLMSGERR_ATTR_MSG, []byte("no\x00")), attr(unix.NLMSGERR_ATTR_OFFS, u32(32)))))
	tracer.Observe(received(refused(2, attr(nlspec.NLMSGERR_ATTR_MISS_NEST, u32(32)), attr(nlspec.NLMSGERR_ATTR_MISS_TYPE, u32(unix.IFLA_INFO_KIND)))))
	// The first is answered and forgotten. Another socket's request with the
	// same number is a different one.
	tracer.Observe(received(refused(1, attr(unix.NLMSGERR_ATTR_OFFS, u32(32)))))
	other := received(refused(2, attr(unix.NLMSGERR_ATTR_OFFS, u32(32))))
	other.PortID = 8
	tracer.Observe(other)
	want := `sw > RTM_NEWLINK seq=1 REQUEST|CREATE|EXCL  IFLA_IFNAME="a"
sw > RTM_NEWLINK seq=2 REQUEST|CREATE|EXCL  IFLA_LINKINFO={IFLA_INFO_DATA=0x}
sw < NLMSG_ERROR seq=1 request=RTM_NEWLINK error=EEXIST(-17) NLMSGERR_ATTR_MSG="no" at IFLA_IFNAME
sw < NLMSG_ERROR seq=2 request=RTM_NEWLINK error=EEXIST(-17) missing IFLA_LINKINFO/IFLA_INFO_KIND
sw < NLMSG_ERROR seq=1 request=RTM_NEWLINK error=EEXIST(-17) NLMSGERR_ATTR_OFFS=32
sw < NLMSG_ERROR seq=2 request=RTM_NEWLINK error=EEXIST(-17) NLMSGERR_ATTR_OFFS=32
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if n := len(tracer.Decoder.pending.newer.at) + len(tracer.Decoder.pending.older.at); n != 0 {
		t.Errorf("%d requests are kept after all were answered", n)
	}
}

// TestTracerMemory sends requests that are never answered, with sequence
// numbers that repeat.
func TestTracerMemory(t *testing.T) {
	tracer := NewTracer(&bytes.Buffer{})
	p := &tracer.Decoder.pending
	big := make([]byte, 4096)
	for i := range uint32(3 * maxPending) {
		tracer.Observe(sent(msg(unix.RTM_NEWLINK, 5, i%uint32(maxPending+10), ifinfo(), big[:i%4096])))
		if n, size := len(p.newer.at)+len(p.older.at), cap(p.newer.data)+cap(p.older.data); n > maxPending || size > 2*maxPendingBytes {
			t.Fatalf("after %d: %d requests of %d bytes", i, n, size)
		}
	}
	// Each generation holds half of the requests that may be kept; the last
	// ones are in one of them.
	if len(p.newer.at)+len(p.older.at) < 100 {
		t.Errorf("only %d and %d requests are kept", len(p.newer.at), len(p.older.at))
	}
	last := uint32(3*maxPending-1) % uint32(maxPending+10)
	if got, want := p.take(requestKey{"sw", unix.NETLINK_ROUTE, 7, last}), unix.NLMSG_HDRLEN+unix.SizeofIfInfomsg+(3*maxPending-1)%4096; len(got) != want {
		t.Errorf("the last request has %d bytes, want %d", len(got), want)
	}
	p.add(requestKey{seq: 1}, make([]byte, maxPendingBytes))
	if p.take(requestKey{seq: 1}) != nil {
		t.Error("a request that is larger than all that may be kept is kept")
	}
}

// TestTracerMemoryAnswered sends requests that are answered one by one: each
// takes the place of the previous one.
func TestTracerMemoryAnswered(t *testing.T) {
	tracer := NewTracer(&bytes.Buffer{})
	for seq := range uint32(100) {
		tracer.Observe(sent(msg(unix.RTM_NEWLINK, 5, seq, ifinfo(), make([]byte, 1000))))
		tracer.Observe(received(msg(unix.NLMSG_ERROR, 0x100, seq, u32(0), msg(unix.RTM_NEWLINK, 5, seq))))
	}
	if p := &tracer.Decoder.pending; cap(p.newer.data) > 3000 || p.older.at != nil {
		t.Errorf("%d bytes are kept of requests that were answered", cap(p.newer.data))
	}
}

func TestTracerPrefix(t *testing.T) {
	noop := msg(unix.NLMSG_NOOP, 0, 1)
	foreign := received(noop)
	foreign.NetNS, foreign.Multicast = "a b\x1b", true
	own := sent(noop)
	own.NetNS = ""
	garbage := received([]byte{1, 2, 3})
	padded := sent(append(bytes.Clone(noop), make([]byte, 8)...))
	var out strings.Builder
	tracer := NewTracer(&out)
	for _, d := range []nlspec.Datagram{foreign, own, garbage, padded} {
		tracer.Observe(d)
	}
	want := `"a b\x1b" * NLMSG_NOOP seq=1
> NLMSG_NOOP seq=1
sw < no message (3 bytes left: 0x010203)
sw > NLMSG_NOOP seq=1
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// failAfter is a writer that fails from the n-th call on.
type failAfter struct {
	n     int
	calls int
}

var errFull = errors.New("full")

func (w *failAfter) Write(p []byte) (int, error) {
	if w.calls++; w.calls >= w.n {
		return 0, fmt.Errorf("%w at call %d", errFull, w.calls)
	}
	return len(p), nil
}

func TestTracerWriteError(t *testing.T) {
	w := &failAfter{n: 2}
	tracer := NewTracer(w)
	for range 4 {
		tracer.Observe(sent(msg(unix.NLMSG_NOOP, 0, 1)))
	}
	if err := tracer.Err(); !errors.Is(err, errFull) || !strings.Contains(err.Error(), "call 2") || w.calls != 2 {
		t.Errorf("error %v after %d calls, want the first, of call 2", err, w.calls)
	}
}

// TestTracerConcurrent lets many sockets use one Tracer, and checks that each
// line is complete.
func TestTracerConcurrent(t *testing.T) {
	var out strings.Builder
	tracer := NewTracer(&out)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			d := sent(msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_IFNAME, []byte("eth0"))))
			d.PortID = uint32(i)
			for range 50 {
				tracer.Observe(d)
			}
		})
	}
	wg.Wait()
	want := strings.Repeat("sw > RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_IFNAME=\"eth0\"\n", 400)
	if out.String() != want {
		t.Error("lines are mixed up")
	}
}

// checkPrintable fails for anything that a terminal could interpret.
func checkPrintable(t *testing.T, line string) {
	t.Helper()
	if !utf8.ValidString(line) {
		t.Errorf("not UTF-8: %q", line)
	}
	for _, r := range line {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e {
			t.Errorf("%q holds %U", line, r)
		}
	}
}

// FuzzTracer traces a request and its answer.
func FuzzTracer(f *testing.F) {
	for _, name := range fixtures(f) {
		var last []byte
		for _, s := range readFixture(f, name) {
			if s.remark == "" {
				f.Add(last, s.datagram.Data, "sw")
				last = s.datagram.Data
			}
		}
	}
	f.Fuzz(func(t *testing.T, request, answer []byte, netns string) {
		var out strings.Builder
		tracer := NewTracer(&out)
		d := sent(request)
		d.NetNS = netns
		tracer.Observe(d)
		d.Direction, d.Data = nlspec.Received, answer
		tracer.Observe(d)
		for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
			checkPrintable(t, line)
		}
	})
}
