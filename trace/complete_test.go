package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/internal/testenv"
)

// Everything that a program sends and receives over netlink is seen completely:
// as many datagrams, with the same bytes, as strace shows. Each program is
// traced once, and runs under strace until it is known which words differ from
// run to run, each time in a new network namespace.
func TestComplete(t *testing.T) {
	testenv.NeedTool(t, "strace", "unshare")
	for _, test := range []struct {
		name  string
		tools []string
		c     *Command
		mixed bool // the order of datagrams differs from run to run
	}{
		{"ip", []string{"ip"}, script(`
			ip link add a0 address 02:00:00:00:00:01 type veth peer name b0 address 02:00:00:00:00:02
			ip addr add 192.0.2.1/24 dev a0
			ip link set a0 up; ip link set b0 mtu 1400
			ip route add 198.51.100.0/24 via 192.0.2.2 dev a0 onlink || :
			ip -d link show a0; ip addr; ip route; ip rule; ip neigh
			ip link add lo type dummy 2>/dev/null || :
			ip -batch - <<-E
				link add br0 address 02:00:00:00:00:03 type bridge
				link set b0 master br0
				link del a0
			E`), false},
		{"bridge", []string{"ip", "bridge"}, script(`
			ip link add br0 address 02:00:00:00:00:03 type bridge
			ip link add a0 address 02:00:00:00:00:01 type veth peer name b0 address 02:00:00:00:00:02
			ip link set a0 master br0
			bridge link set dev a0 cost 10
			bridge fdb add 02:00:00:00:00:09 dev a0 master static
			bridge fdb show; bridge link; bridge mdb || :`), false},
		{"tc", []string{"tc"}, script(`
			tc qdisc add dev lo root handle 1: htb default 10
			tc class add dev lo parent 1: classid 1:10 htb rate 1mbit
			tc filter add dev lo parent 1: u32 match ip dst 192.0.2.1 flowid 1:10
			tc qdisc show; tc class show dev lo; tc filter show dev lo; tc qdisc del dev lo root`), false},
		{"nft", []string{"nft"}, script(`
			nft add table inet t
			nft 'add chain inet t c { type filter hook input priority 0; }'
			nft add rule inet t c ip saddr 192.0.2.0/24 counter drop
			nft list ruleset; nft delete table inet t`), false},
		{"pyroute2", nil, &Command{Path: python, Args: []string{"python3", "-c", `
from pyroute2 import IPRoute
with IPRoute() as ip:
    ip.link('add', ifname='a0', kind='veth', address='02:00:00:00:00:01', peer={'ifname': 'b0', 'address': '02:00:00:00:00:02'})
    i = ip.link_lookup(ifname='a0')[0]
    ip.addr('add', index=i, address='192.0.2.1', prefixlen=24)
    ip.link('set', index=i, state='up')
    print(len(ip.get_links()), len(ip.get_routes()))
    ip.link('del', index=i)
`}}, true},
		{"Go", nil, program("interfaces"), false},
		{"all calls", nil, program("forms", fast), false},
		{"16 threads", nil, program("threads"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // each program has namespaces of its own
			testenv.NeedTool(t, test.tools...)
			if test.c.Path == python {
				testenv.NeedPython(t, "pyroute2")
			}
			// The first run may load modules, and then the kernel processes
			// some requests twice.
			straced(t, test.c)
			got := sorted(datagrams(tracedApart(t, test.c)), test.mixed)
			if len(got) == 0 {
				t.Fatal("no datagram is seen")
			}
			var runs [][]moving // strace's runs with as many datagrams of the same lengths
			var last string
			for range 10 {
				r := sorted(straced(t, test.c), test.mixed)
				words, same, diff := 0, 0, shape(got, r)
				if diff == "" {
					runs = append(runs, r)
					words, same, diff = compare(got, runs)
				}
				if diff == "" {
					t.Logf("%d datagrams, %d words of which %d are the same in each of %d runs", len(got), words, same, len(runs))
					if same < words*9/10 {
						t.Error("that is too few to tell anything")
					}
					return
				}
				last = diff // perhaps it differs from run to run
			}
			t.Errorf("strace shows it otherwise ten times: %s", last)
		})
	}
}

// sorted makes two runs comparable. It removes the ages of entries of FDBs and
// neighbour tables (NDA_CACHEINFO), which are higher in the slower run.
func sorted(list []moving, mixed bool) []moving {
	age := binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, 20), unix.NDA_CACHEINFO)
	for _, m := range list {
		if len(m.data) < 6 || binary.NativeEndian.Uint16(m.data[4:]) != unix.RTM_NEWNEIGH {
			continue
		}
		for at := 0; ; at += 20 {
			i := bytes.Index(m.data[at:], age)
			if i < 0 || at+i+20 > len(m.data) {
				break
			}
			at += i
			clear(m.data[at+4 : at+20])
		}
	}
	if mixed {
		slices.SortFunc(list, moving.compare)
	}
	return list
}

// shape says how the number, the directions or the lengths of datagrams differ.
func shape(got, want []moving) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d datagrams, and seen are %d", len(want), len(got))
	}
	for i, g := range got {
		if want[i].sent != g.sent || len(want[i].data) != len(g.data) {
			return fmt.Sprintf("datagram %d:\n%v\nand seen is\n%v", i, want[i], g)
		}
	}
	return ""
}

// compare returns the first difference between what was seen and what some runs
// of strace agree about. Random values and times also differ between these
// runs, in words of 4 bytes.
func compare(got []moving, runs [][]moving) (words, same int, diff string) {
	for i, g := range got {
		for n := 0; n < len(g.data); n += 4 {
			word := func(m moving) string { return string(m.data[n:min(n+4, len(m.data))]) }
			agreed := true
			for _, r := range runs {
				agreed = agreed && word(r[i]) == word(runs[0][i])
			}
			words++
			if !agreed {
				continue
			}
			if same++; word(g) != word(runs[0][i]) {
				return 0, 0, fmt.Sprintf("datagram %d, byte %d: %x, and seen is %x; whole:\n%v\n%v", i, n, word(runs[0][i]), word(g), runs[0][i], g)
			}
		}
	}
	return words, same, ""
}

const python = "/usr/bin/python3"

// script returns a command that runs a shell script.
func script(text string) *Command {
	return &Command{Path: "/bin/sh", Args: []string{"sh", "-ec", text}}
}

// apart returns a command in a new network namespace.
func apart(t *testing.T, c *Command) *Command {
	t.Helper()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal(err)
	}
	path := c.Path
	if path == "/proc/self/exe" {
		path = fmt.Sprintf("/proc/%d/exe", os.Getpid())
	}
	return &Command{Path: unshare, Args: append([]string{"unshare", "-n", path}, c.Args[1:]...), Env: c.Env}
}

func tracedApart(t *testing.T, c *Command) []audit.Event {
	t.Helper()
	_, events := run(t, apart(t, c), Options{})
	return events
}

// straced returns the datagrams of a command as strace shows them.
func straced(t *testing.T, c *Command) []moving {
	t.Helper()
	out := filepath.Join(t.TempDir(), "strace")
	c = apart(t, c)
	args := []string{"-f", "--seccomp-bpf", "-yy", "-qq", "-e", "trace=%network", "-e", "read=all", "-e", "write=all", "-e", "signal=none", "-o", out, c.Path}
	cmd := exec.Command("strace", append(args, c.Args[1:]...)...)
	cmd.Env = c.Env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("strace: %v\n%s", err, errs.String())
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := record.NewStraceReader(f)
	var events []audit.Event
	for {
		var e audit.Event
		err := r.Read(&e)
		if err == io.EOF {
			return datagrams(events)
		}
		if err != nil {
			t.Fatal(err)
		}
		e.Data = bytes.Clone(e.Data)
		events = append(events, e)
	}
}

// moving is a datagram without what differs between sockets and moments:
// sequence numbers and ports.
type moving struct {
	sent bool
	data []byte
}

func (m moving) String() string { return fmt.Sprintf("sent=%t %x", m.sent, m.data) }

func (m moving) compare(n moving) int {
	if m.sent != n.sent {
		return map[bool]int{true: -1, false: 1}[m.sent]
	}
	if len(m.data) != len(n.data) {
		return len(m.data) - len(n.data)
	}
	return bytes.Compare(m.data, n.data)
}

func datagrams(events []audit.Event) (list []moving) {
	for _, e := range events {
		if _, ok := e.Datagram(); !ok {
			continue
		}
		data := bytes.Clone(e.Data)
		for rest := data; len(rest) >= unix.NLMSG_HDRLEN; {
			size := int(u32(rest))
			clear(rest[8:16])
			if binary.NativeEndian.Uint16(rest[4:]) == unix.NLMSG_ERROR && size >= 36 && len(rest) >= 36 {
				clear(rest[28:36]) // of the request
			}
			if size < unix.NLMSG_HDRLEN || size > len(rest) {
				break
			}
			rest = rest[min((size+3)&^3, len(rest)):]
		}
		list = append(list, moving{e.Op == audit.OpSend, data})
	}
	return list
}

// interfaces sends requests through Go's package net.
func interfaces() error {
	list, err := net.Interfaces()
	for _, i := range list {
		if _, err := i.Addrs(); err != nil {
			return err
		}
	}
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("no interface")
	}
	return err
}
