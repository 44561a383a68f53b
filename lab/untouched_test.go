package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// untouched is a lab in which x and y, joined by a link, and a and b, joined by
// a bridge, stay as they are while the rest changes.
const untouched = `
name: u
nodes:
  x: {}
  y: {}
  a: {}
  b: {sysctls: {net.ipv4.ip_default_ttl: 99}, routes: ["10.9.0.0/16 via 10.1.0.1"]}
  c: {}
  r: {kind: router}
  sw: {kind: bridge}
links:
  - {endpoints: ["x:eth0", "y:eth0"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"]}
  - {endpoints: ["a:eth0", "sw"], ipv4: ["10.1.0.2/24", ""]}
  - {endpoints: ["b:eth0", "sw"], ipv4: ["10.1.0.3/24", ""]}
  - {endpoints: ["c:eth0", "sw"], ipv4: ["10.1.0.4/24", ""]}
  - {endpoints: ["r:eth0", "sw"], ipv4: ["10.1.0.1/24", ""]}
`

// untouchedChanges lead from each file to the next.
var untouchedChanges = []struct{ name, old, new string }{
	{"a node and a link more", "links:\n", "  d: {}\nlinks:\n  - {endpoints: [\"d:eth0\", \"sw\"], ipv4: [\"10.1.0.5/24\", \"\"]}\n"},
	{"another address", "10.1.0.5/24", "10.1.0.55/24"},
	{"an address more", `["10.1.0.1/24", ""]`, `[["10.1.0.1/24", "10.2.0.1/24"], ""]`},
	{"an MTU", `["c:eth0", "sw"],`, `["c:eth0", "sw"], mtu: 1400,`},
	{"a route", "  c: {}", `  c: {routes: ["default via 10.1.0.1"]}`},
	{"another route", "default via 10.1.0.1", "default via 10.1.0.55"},
	{"a sysctl", "r: {kind: router}", "r: {kind: router, sysctls: {net.ipv4.ip_default_ttl: 77}}"},
	{"a sysctl less, a router less", "r: {kind: router, sysctls: {net.ipv4.ip_default_ttl: 77}}", "r: {}"},
	{"a bridge's option", "sw: {kind: bridge}", "sw: {kind: bridge, bridge: {ageing_time: 100s}}"},
	{"an address on the bridge", "ageing_time: 100s}", "addresses: [10.1.0.77/24]}"},
	{"a link more", "links:\n", "links:\n  - {endpoints: [\"r:eth1\", \"c:eth1\"], subnet: 10.3.0.0/24}\n"},
	{"queues, so that the link is made anew", "subnet: 10.3.0.0/24", "queues: 2, subnet: 10.3.0.0/24"},
	{"a MAC address", "queues: 2,", "queues: 2, mac: [\"02:00:00:00:00:01\", \"\"],"},
	{"a node and a link less", "  d: {}\nlinks:\n", "links:\n"},
	{"a host whose link is to another bridge", "sw: {kind: bridge, bridge: {addresses: [10.1.0.77/24]}}",
		"sw: {kind: bridge, bridges: {br0: {}, br1: {}}}"},
}

// What a changed file says of other nodes and links leaves a node alone: it is
// sent no change, and connections through it live on.
func TestIntegrationUntouched(t *testing.T) {
	testenv.NeedTool(t, peerstate.Tools...)
	var seen changes
	cfg := &Config{Observer: &seen}
	up(t, cfg, untouched)
	calls := []*call{connect(t, "u-x", "u-y", "10.0.0.2"), connect(t, "u-a", "u-b", "10.1.0.3")}
	talk := func() {
		t.Helper()
		for _, c := range calls {
			c.exchange(t)
		}
	}
	talk()
	quiet := []string{"u-x", "u-y", "u-a", "u-b"}
	settle.Wait(t, quiet...)
	before := peerstate.Read(t, quiet...)
	settings := readSettings(t, quiet)
	told := listen(t, quiet)
	// Data goes through between any two steps of a change too.
	cfg.Progress = func(int, int, string) { talk() }
	text := untouched
	for _, c := range untouchedChanges {
		next := strings.Replace(text, c.old, c.new, 1)
		switch c.name {
		case "a node and a link less":
			next = strings.Replace(next, "  - {endpoints: [\"d:eth0\", \"sw\"], ipv4: [\"10.1.0.55/24\", \"\"]}\n", "", 1)
		case "a host whose link is to another bridge":
			next = strings.NewReplacer(`["c:eth0", "sw"]`, `["c:eth0", "sw/br1"]`, `"sw"]`, `"sw/br0"]`).Replace(next)
		}
		if next == text {
			t.Fatalf("%s: the file did not change", c.name)
		}
		seen.take()
		p, err := Up(bg, parse(t, next), cfg, UpOptions{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if p.Empty() {
			t.Errorf("%s: nothing was done", c.name)
		}
		for _, s := range seen.take() {
			if node, _, _ := strings.Cut(s, " "); slices.Contains(quiet, "u-"+node) {
				t.Errorf("%s: a change was sent: %s\n%s", c.name, s, words(p))
			}
		}
		for i := range p.Steps {
			if n := p.Steps[i].Node; slices.Contains(quiet, "u-"+n) {
				t.Errorf("%s: a step is about node %s: %v", c.name, n, &p.Steps[i])
			}
		}
		talk()
		text = next
	}
	for _, m := range told() {
		t.Errorf("the kernel told of a change: %s", m)
	}
	if d := peerstate.Diff(before, peerstate.Read(t, quiet...)); d != "" {
		t.Errorf("the nodes have changed (-before):\n%s", d)
	}
	if now := readSettings(t, quiet); !slices.Equal(settings, now) {
		t.Errorf("settings %q, were %q", now, settings)
	}
	// And such a change would have been noticed.
	next := strings.Replace(text, "  x: {}", "  x: {addresses: [192.0.2.1/32]}", 1)
	if _, err := Up(bg, parse(t, next), cfg, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	sent := slices.ContainsFunc(seen.take(), func(s string) bool { return strings.HasPrefix(s, "x ") })
	if !sent || len(told()) == 0 || peerstate.Diff(before, peerstate.Read(t, quiet...)) == "" {
		t.Error("an address of x went unnoticed")
	}
}

// take returns the changes seen since the last time.
func (c *changes) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.seen
	c.seen = nil
	return seen
}

// A call is a TCP connection to a server that says everything again.
type call struct {
	conn  net.Conn
	turns int
}

// answerTime is how long an answer may take. It delays only a failure.
const answerTime = 30 * time.Second

// connect starts a server in one namespace and connects to it from another.
func connect(t *testing.T, from, to, address string) *call {
	t.Helper()
	var l net.Listener
	in(t, to, func() (err error) {
		l, err = net.Listen("tcp", net.JoinHostPort(address, "0"))
		return err
	})
	var served sync.WaitGroup
	served.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return // the client says what is wrong
		}
		defer conn.Close()
		// Not as the connection's own ReadFrom, which would splice: net keeps
		// the pipes of that until a later collection closes them, in the middle
		// of a test that compares the descriptors of this process.
		io.Copy(struct{ io.Writer }{conn}, conn) //nolint:errcheck // the client says what is wrong
	})
	c := new(call)
	in(t, from, func() (err error) {
		c.conn, err = net.DialTimeout("tcp", l.Addr().String(), answerTime)
		return err
	})
	t.Cleanup(func() {
		if err := errors.Join(c.conn.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		served.Wait()
	})
	return c
}

// exchange sends something new and waits until it comes back.
func (c *call) exchange(t *testing.T) {
	t.Helper()
	c.turns++
	said := bytes.Repeat([]byte(fmt.Sprintf("%8d", c.turns)), 1000)
	heard := make([]byte, len(said))
	err := c.conn.SetDeadline(time.Now().Add(answerTime))
	if err == nil {
		_, err = c.conn.Write(said)
	}
	if err == nil {
		_, err = io.ReadFull(c.conn, heard)
	}
	if err != nil {
		t.Fatalf("%v, exchange %d: %v", c.conn.RemoteAddr(), c.turns, err)
	}
	if !bytes.Equal(said, heard) {
		t.Fatalf("%v, exchange %d: other data came back", c.conn.RemoteAddr(), c.turns)
	}
}

// readSettings reads settings of each namespace that a file may change.
func readSettings(t *testing.T, namespaces []string) (values []string) {
	for _, ns := range namespaces {
		in(t, ns, func() error {
			for _, key := range []string{"ip_forward", "ip_default_ttl", "conf/all/rp_filter", "conf/eth0/forwarding"} {
				b, err := os.ReadFile("/proc/sys/net/ipv4/" + key)
				if err != nil {
					return err
				}
				values = append(values, string(b))
			}
			return nil
		})
	}
	return values
}

// listen joins the groups of links, addresses and routes in each namespace. The
// function that it returns gives what the kernel has told since.
func listen(t *testing.T, namespaces []string) func() []string {
	t.Helper()
	monitors := make(map[string]*rtnl.Monitor)
	for _, ns := range namespaces {
		in(t, ns, func() (err error) {
			monitors[ns], err = rtnl.Listen(&rtnl.MonitorConfig{Name: ns, Groups: []uint32{
				unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE,
			}})
			return err
		})
		t.Cleanup(func() { monitors[ns].Close() })
	}
	// The kernel queues what it tells before it acknowledges the change, so
	// what there is to hear can be read without waiting.
	return func() (all []string) {
		for ns, m := range monitors {
			rc, err := m.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 32<<10)
			for n := 0; err == nil; {
				if cerr := rc.Control(func(fd uintptr) { n, _, err = unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT) }); cerr != nil {
					t.Fatal(cerr)
				}
				if err == nil {
					h, _ := nlspec.ParseHeader(buf[:n])
					all = append(all, ns+" "+nlspec.MessageName(unix.NETLINK_ROUTE, h.Type))
				}
			}
			if err != unix.EAGAIN {
				t.Error(err)
			}
		}
		return all
	}
}
