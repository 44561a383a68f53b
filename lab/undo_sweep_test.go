package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// unchecked is a setting of nodes whose IPv6 addresses are not what a test is
// about: they are not checked for duplicates, which takes up to two seconds.
const unchecked = "net.ipv6.conf.default.accept_dad: 0"

// sweptFrom and sweptTo are files whose changes, there and back, have
// operations of all kinds. The last thing that a change does is to fail.
const sweptFrom = `name: t
nodes:
  a:
    sysctls: {` + unchecked + `}
    addresses: ["10.9.1.1/32"]
    routes: ["10.1.0.0/16 via 10.0.0.2", "blackhole 10.2.0.0/16", "fd01::/64 via fd00::2"]
  b: {kind: router, sysctls: {` + unchecked + `, net.ipv4.icmp_ratelimit: 200}}
  c: {}
  old: {routes: ["default via 10.5.0.1"]}
  sw: {kind: bridge, bridge: {name: br0, addresses: ["10.3.0.1/24"]}}
links:
  - {endpoints: ["a:e0", "b:e0"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"], ipv6: ["fd00::1/64", "fd00::2/64"]}
  - {endpoints: ["a:e1", "sw/br0:p1"], ipv4: ["10.3.0.2/24", ""]}
  - {endpoints: ["c:e3", "sw/br0:p3"]}
  - {endpoints: ["b:e5", "old:e0"], ipv4: ["10.5.0.1/24", "10.5.0.2/24"]}
`

const sweptTo = `name: t
nodes:
  a:
    sysctls: {` + unchecked + `}
    addresses: ["10.9.1.2/32"]
    routes: ["10.1.0.0/16 via 10.0.0.3", "10.4.0.0/16 via 10.7.0.2", "10.0.0.0/24 dev e0 metric 7", "fd02::/64 via fd00::2"]
  b: {kind: router, sysctls: {` + unchecked + `, net.ipv4.icmp_ratelimit: 300}}
  c: {routes: ["default via 10.7.0.1"]}
  new: {routes: ["default via 10.3.0.1"]}
  sw: {kind: bridge, bridges: {br0: {addresses: ["10.13.0.9/24"], forward_delay: 4s, ageing_time: 9s}, br1: {}}}
links:
  - {endpoints: ["a:e0", "b:e0"], ipv4: ["10.0.0.1/24", "10.8.0.3/24"], ipv6: ["fd00::1/64", "fd00::3/64"], mtu: 1400}
  - {endpoints: ["c:e3", "sw/br0:p3"]}
  - {endpoints: ["a:e9", "c:e0"], ipv4: ["10.7.0.1/24", "10.7.0.2/24"]}
  - {endpoints: ["new:e0", "sw/br1:p2"], ipv4: ["10.3.0.7/24", ""]}
  - {endpoints: ["c:e4", "sw/br1:p4"]}
`

// A byHand is what somebody does during a change, so that the kernel refuses an
// operation of it: making what it makes, or deleting what it deletes.
type byHand struct {
	name string
	do   func(ctx context.Context, e *engine.Engine) error
}

// Do implements engine.Action.
func (b *byHand) Do(ctx context.Context, e *engine.Engine, _ string) error { return b.do(ctx, e) }

// againstIt returns what makes the kernel refuse an operation.
func againstIt(op engine.Op) []*byHand {
	same := &byHand{"the same", func(ctx context.Context, e *engine.Engine) error { return e.Do(ctx, op) }}
	ip := func(node string, words ...string) *byHand {
		return &byHand{strings.Join(words, " "), func(ctx context.Context, _ *engine.Engine) error {
			out, err := exec.CommandContext(ctx, "ip", append([]string{"-n", "t-" + node}, words...)...).CombinedOutput()
			if strings.Contains(string(out), "File exists") {
				return fs.ErrExist
			}
			if err != nil {
				return fmt.Errorf("ip %v: %w: %s", words, err, out)
			}
			return nil
		}}
	}
	q := plan.RequestOf(op)
	if q == nil {
		switch op.Action.(type) {
		case *engine.NetNSAdd:
			return []*byHand{same}
		case *engine.NetNSDel, *nodename.Removal:
			return []*byHand{{same.name, func(ctx context.Context, e *engine.Engine) error {
				if err := same.do(ctx, e); err != nil {
					return err
				}
				// The links go with the namespace, but later.
				s, err := newSentinel()
				if err != nil {
					return err
				}
				defer s.close()
				return s.wait(ctx)
			}}}
		}
		return nil
	}
	link := func(node, name string, index uint32) []*byHand {
		return []*byHand{
			ip(node, "link", "add", name, "type", "bridge"),
			ip(node, "link", "add", "hand", "index", strconv.Itoa(int(index)), "type", "bridge"),
		}
	}
	switch r := q.Req.(type) {
	case *rtnl.LinkAdd:
		all := link(op.NetNS, r.Name, r.Index)
		if v, ok := r.Kind.(*rtnl.Veth); ok {
			node := op.NetNS
			if name := v.Peer.NetNS.Name(); name != "" {
				node = name
			}
			all = append(all, link(node, v.Peer.Name, v.Peer.Index)...)
		}
		return all
	case *rtnl.RouteAdd:
		other := r.Route
		other.Protocol = 4 // static
		return []*byHand{same, {"another protocol", func(ctx context.Context, e *engine.Engine) error {
			return e.Do(ctx, engine.Op{NetNS: op.NetNS, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: other}}})
		}}}
	case *rtnl.LinkDel:
		if strings.HasPrefix(r.Link.Name, "br") {
			return nil // ports cannot be given back to a bridge that is gone
		}
	case *rtnl.AddrAdd, *rtnl.AddrDel, *rtnl.RouteDel:
	default:
		return nil
	}
	return []*byHand{same}
}

// handState is what iproute2 says of all namespaces, and what there is in
// files.
func handState(t *testing.T) map[string]string {
	t.Helper()
	state := make(map[string]string)
	names, err := filepath.Glob("/run/netns/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range names {
		target, err := os.Readlink(at)
		if err != nil {
			t.Fatal(err)
		}
		state[at] = target
	}
	spaces := nsfs.Dir{Path: "/run/nslab/t/ns"}
	entries, err := os.ReadDir(spaces.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		h, err := spaces.Open(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		err = h.Do(func() error {
			for _, batch := range []string{"link\naddress\nroute show table all\nrule\nneigh show nud permanent\n", "route show table all\nrule\n"} {
				args := []string{"-d", "-batch", "-"}
				if batch[0] == 'r' {
					args = append([]string{"-6"}, args...)
				}
				cmd := exec.Command("ip", args...)
				cmd.Stdin = strings.NewReader(batch)
				out, err := cmd.CombinedOutput()
				if err != nil {
					return fmt.Errorf("%v: %w: %s", cmd, err, out)
				}
				state[entry.Name()] += string(out)
			}
			for _, key := range []string{"icmp_ratelimit", "ip_forward"} {
				b, err := os.ReadFile("/proc/sys/net/ipv4/" + key)
				if err != nil {
					return err
				}
				state[entry.Name()] += key + " " + string(b)
			}
			return nil
		})
		if err := errors.Join(err, h.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for node, text := range state {
		state[node] = lasting(text)
	}
	for _, file := range []string{stateFile, sourceFile, pendingFile, plan.HostsFile} {
		b, err := os.ReadFile("/run/nslab/t/" + file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		state[file] = string(b)
	}
	return state
}

// atRest is handState once the kernel has come to rest.
func atRest(t *testing.T) map[string]string {
	t.Helper()
	rest(t)
	return handState(t)
}

// rest waits until the kernel has done what it does by itself in the nodes.
func rest(t *testing.T) {
	t.Helper()
	spaces := nsfs.Dir{Path: "/run/nslab/t/ns"}
	entries, err := os.ReadDir(spaces.Path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 6*restTime)
	defer stop()
	for _, entry := range entries {
		h, err := spaces.Open(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(settle.Namespace(ctx, h), h.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// restTime is how long the kernel may take to come to rest. It delays only a
// failure.
const restTime = 30 * time.Second

// lasting is what of iproute2's text does not change by itself, or with an
// object that is made again: times, numbers of ports and namespaces, random MAC
// addresses of bridges; sorted.
func lasting(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		for i := range words {
			switch {
			case i == 0:
			case strings.Contains(" expires gc_timer hello_timer tcn_timer topology_change_timer hold_timer message_age_timer forward_delay_timer state link-netnsid port_id port_no designated_port designated_bridge designated_root bridge_id root_id link/ether valid_lft preferred_lft ", " "+words[i-1]+" "):
				words[i] = "*"
			}
		}
		if strings.HasPrefix(line, " ") && strings.Contains(line, "valid_lft") || strings.HasPrefix(line, "multicast ff00::/8 ") {
			continue // the route comes with the carrier, a moment later
		}
		lines = append(lines, strings.Join(words, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Each operation of a change is refused in turn, for somebody has done by hand
// what it does, or what stands in its way. What the change leaves is what was
// there before, and what was done by hand.
func TestIntegrationUndoSweep(t *testing.T) {
	testenv.NeedTool(t, "ip")
	random := rand.New(rand.NewPCG(testenv.Seed(t, "NSLAB_SWEEP_SEED"), 0))
	failing := func(text string) string {
		return strings.Replace(text, "nodes:\n", "nodes:\n  last: {exec: [\"false\"]}\n", 1)
	}
	for _, way := range []struct{ from, to string }{{sweptFrom, failing(sweptTo)}, {sweptTo, failing(sweptFrom)}} {
		type point struct{ step, op, hand int }
		var points []point
		plan := planned(t, way.from, way.to, nil)
		for i := range plan.Steps {
			for k, op := range plan.Steps[i].Ops() {
				for h := range againstIt(op) {
					points = append(points, point{i, k, h})
				}
			}
		}
		if len(points) < 30 {
			t.Fatalf("only %d points", len(points))
		}
		t.Logf("%d points", len(points))
		if os.Getenv("NSLAB_SWEEP") != "full" {
			random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
			n := 12
			if testing.Short() {
				n = 2
			}
			points = points[:n]
		}
		for _, p := range points {
			planned(t, way.from, way.to, func(s *session, to *topology.Topology, plan *Plan) {
				step := &plan.Steps[p.step]
				op := step.Ops()[p.op]
				hand := againstIt(op)[p.hand]
				what := fmt.Sprintf("%s, operation %d, by hand %s", step, p.op, hand.name)
				// What is not there yet can be done only in between, and goes
				// with what it is in.
				err := hand.do(bg, &engine.Engine{Dir: s.engine.Dir})
				if errors.Is(err, fs.ErrExist) {
					return // the change replaces what is in the way
				}
				if err != nil {
					what += ", in between"
					inBetween(step, p.op, hand)
				}
				before := atRest(t)
				err = s.run(bg, to, sourceHash(to.Source), plan)
				var re *RunError
				if !errors.As(err, &re) || re.Undo != nil {
					t.Fatalf("%s: got %v", what, err)
				}
				if d := differs(t, before); d != "" {
					t.Errorf("%s: %v\nafterwards (-before +after):\n%s", what, err, d)
				}
			})
		}
	}
}

// differs compares with an earlier state, once the kernel has come to rest: it
// makes and deletes local routes of IPv6 a moment later.
func differs(t *testing.T, before map[string]string) string {
	t.Helper()
	deadline := time.Now().Add(restTime)
	for {
		d := cmp.Diff(before, atRest(t))
		if d == "" || time.Now().After(deadline) {
			return d
		}
	}
}

// inBetween puts what is done by hand before an operation of a step.
func inBetween(s *Step, op int, hand *byHand) {
	ops := s.Ops()
	var undo [][]engine.Op
	for k := range ops {
		undo = append(undo, plan.Back(s, k))
	}
	*s = plan.StepOf(*s, slices.Insert(slices.Clone(ops), op, engine.Op{Action: hand}), slices.Insert(undo, op, nil))
}

// planned makes a lab, plans a change of it, and calls f with that; then the
// lab is taken down.
func planned(t *testing.T, from, to string, f func(s *session, to *topology.Topology, plan *Plan)) *Plan {
	t.Helper()
	cfg := &Config{}
	if _, err := Up(bg, parse(t, from), cfg, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := Down(bg, "t", cfg, DownOptions{}); err != nil {
			t.Error(err)
		}
	}()
	s, err := cfg.begin(bg, "t", nil, false, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.end(); err != nil {
			t.Error(err)
		}
	}()
	top := parse(t, to)
	plan, err := s.plan(bg, top, PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f != nil {
		f(s, top, plan)
	}
	return plan
}

// A route that is as one that the kernel keeps for an address is refused; the
// kernel's stays, though undoing would take it for that one.
func TestIntegrationUndoKernelsRoutes(t *testing.T) {
	for _, route := range []string{
		"10.0.0.0/24 dev e0", "10.0.0.0/24 dev e0 scope link src 10.0.0.1", "fd00::/64 dev e0 metric 256",
		"local 10.0.0.1 dev e0", "broadcast 10.0.0.255 dev e0",
	} {
		planned(t, sweptFrom, strings.Replace(sweptFrom, "10.9.1.1/32", "10.9.1.3/32", 1), func(s *session, to *topology.Topology, p *Plan) {
			c, err := s.engine.Conn("a")
			if err != nil {
				t.Fatal(err)
			}
			index, err := c.LinkIndex(bg, "e0")
			if err != nil {
				t.Fatal(err)
			}
			r, err := topology.ParseRoute(strings.Fields(route))
			if err != nil {
				t.Fatal(err)
			}
			for ref := range r.Links() {
				ref.Index = index
			}
			op := func(r rtnl.Request) engine.Op { return engine.Op{NetNS: "a", Action: &engine.Request{Req: r}} }
			p.Steps = append(p.Steps, plan.StepOf(Step{Verb: Create, Object: "route", Node: "a", Name: route},
				[]engine.Op{op(&rtnl.RouteAdd{Route: r.Route})}, [][]engine.Op{{op(&rtnl.RouteDel{Route: r.Route})}}))
			before := atRest(t)
			var re *RunError
			if err := s.run(bg, to, sourceHash(to.Source), p); !errors.As(err, &re) || re.Undo != nil || !errors.Is(err, fs.ErrExist) {
				t.Fatalf("%s: got %v", route, err)
			}
			if d := differs(t, before); d != "" {
				t.Errorf("%s: afterwards (-before +after):\n%s", route, d)
			}
		})
	}
}
