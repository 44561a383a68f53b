package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/bench/topo"
	"golang.org/x/sys/unix"
)

// netnsDir is the directory of named namespaces.
const netnsDir = "/run/netns/"

// Path returns the file of a node's namespace.
func Path(t *topo.Topo, node int) string { return netnsDir + t.Namespace(node) }

// Check checks every namespace of a lab: that its interfaces are up, with their
// MAC addresses and IPv4 addresses, its forwarding, and that there is nothing
// else.
func Check(t *topo.Topo) error {
	entries, err := os.ReadDir(netnsDir)
	if err != nil {
		return err
	}
	if len(entries) != len(t.Nodes) {
		return fmt.Errorf("%s has %d namespaces, want %d", netnsDir, len(entries), len(t.Nodes))
	}
	want := make([]map[string]string, len(t.Nodes))
	for i := range want {
		want[i] = map[string]string{"lo": " 127.0.0.1/8"}
		if t.Nodes[i].Role == topo.Hub {
			want[i][topo.Bridge] = t.MAC(i, topo.Bridge).String()
		}
	}
	for i := range t.Links {
		for _, e := range t.Links[i] {
			text := e.MAC.String()
			if e.Addr.IsValid() {
				text += " " + e.Addr.String()
			}
			want[e.Node][e.Iface] = text
		}
	}
	proc := -1
	defer func() { unix.Close(proc) }()
	for i := range t.Nodes {
		if i%filesPerProc == 0 {
			unix.Close(proc)
			if proc, err = freshProc(); err != nil {
				return err
			}
		}
		if err := Inside(Path(t, i), func() error { return checkNode(want[i], t.Nodes[i].Role, proc) }); err != nil {
			return fmt.Errorf("%s: %w", t.Namespace(i), err)
		}
	}
	return nil
}

// filesPerProc is how many namespaces are read through one mount of proc: the
// entries of all namespaces in a mount share a hash chain, which each look-up
// walks.
const filesPerProc = 64

// freshProc mounts a procfs that no path leads to.
func freshProc() (int, error) {
	fs, err := unix.Fsopen("proc", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("open a procfs: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("make a procfs: %w", err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("mount a procfs: %w", err)
	}
	return fd, nil
}

func checkNode(want map[string]string, role topo.Role, proc int) error {
	ifaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	if len(ifaces) != len(want) {
		return fmt.Errorf("%d interfaces, want %d", len(ifaces), len(want))
	}
	forwards := []byte("0\n")
	if role == topo.Router {
		forwards = []byte("1\n")
	}
	for _, name := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
		if got, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d/sys/net/%s", proc, name)); err != nil || !bytes.Equal(got, forwards) {
			return fmt.Errorf("%s is %q (%v), want %q", name, got, err, forwards)
		}
	}
	for i := range ifaces {
		text, err := ifaceText(&ifaces[i], role)
		if err != nil {
			return err
		}
		if w, ok := want[ifaces[i].Name]; !ok || text != w {
			return fmt.Errorf("interface %s has %q, want %q", ifaces[i].Name, text, w)
		}
	}
	return nil
}

func ifaceText(iface *net.Interface, role topo.Role) (string, error) {
	if iface.Flags&net.FlagUp == 0 {
		return "", fmt.Errorf("interface %s is down", iface.Name)
	}
	text := iface.HardwareAddr.String()
	if role == topo.Hub && iface.Name != "lo" {
		return text, nil // a thousand dumps of all addresses take a while
	}
	addrs, err := iface.Addrs()
	if err != nil {
		return "", err
	}
	for _, a := range addrs {
		if strings.Contains(a.String(), ".") {
			text += " " + a.String()
		}
	}
	return text, nil
}

// Sample returns nodes to check closely: all of a small lab; of a large one the
// first and the last, all hubs, and some between them.
func Sample(t *topo.Topo, most int) []int {
	var nodes []int
	step := max(1, len(t.Nodes)/most)
	for i := range t.Nodes {
		if i%step == 0 || i == len(t.Nodes)-1 || t.Nodes[i].Role == topo.Hub {
			nodes = append(nodes, i)
		}
	}
	return nodes
}

// A State is ip's JSON output for nodes, by namespace and command.
type State map[string][]byte

// commands are the commands of ip that are run in each namespace. A hub has few
// routes.
var commands = [][]string{
	{"-d", "link"}, {"addr"}, {"-4", "route", "show", "table", "all"}, {"-6", "route", "show", "table", "all"},
}

// Read asks ip for the state of nodes.
func Read(ctx context.Context, t *topo.Topo, nodes []int) (State, error) {
	s := State{}
	for _, n := range nodes {
		for _, c := range commands {
			args := append([]string{"-n", t.Namespace(n), "-j"}, c...)
			if c[0] == "-6" && t.Nodes[n].Role == topo.Hub && !t.IPv6 {
				args = append(args, "dev", topo.Bridge) // a port may have IPv6 or not
			}
			out, err := exec.CommandContext(ctx, "ip", args...).Output()
			if err != nil {
				return nil, fmt.Errorf("ip %s: %w", strings.Join(args, " "), err)
			}
			s[t.Namespace(n)+": ip "+strings.Join(c, " ")] = out
		}
	}
	return s, nil
}

// volatile are the fields that are not compared: indexes and identifiers that
// the kernel chooses, and timers. The namespace at the other end is compared by
// its name.
var volatile = []string{"ifindex", "link_index", "link_netnsid", "link", "gc_timer", "hello_timer", "tcn_timer",
	"topology_change_timer", "hold_timer", "message_age_timer", "forward_delay_timer", "id", "no", "designated_port", "cache"}

// normal removes fields and sorts the list.
func normal(out []byte, drop []string) ([]string, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, nil // what ip -j prints for no routes
	}
	var list []any
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("output of ip: %w", err)
	}
	var lines []string
	for _, v := range list {
		line, err := json.Marshal(prune(v, drop))
		if err != nil {
			return nil, err
		}
		if string(line) != "{}" { // ip -j addr has empty entries
			lines = append(lines, string(line))
		}
	}
	slices.Sort(lines)
	return lines, nil
}

func prune(v any, drop []string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range drop {
			delete(v, name)
		}
		for k := range v {
			v[k] = prune(v[k], drop)
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i], drop)
		}
	}
	return v
}

// Diff says where two states differ, or returns "". It ignores what the kernel
// chooses, what changes by itself, and the fields in skip.
func Diff(got, want State, skip []string) (string, error) {
	drop := append(slices.Clone(volatile), skip...)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		g, gerr := normal(got[key], drop)
		w, werr := normal(want[key], drop)
		if err := errors.Join(gerr, werr); err != nil {
			return "", fmt.Errorf("%s: %w", key, err)
		}
		for i := range max(len(g), len(w)) {
			if i >= len(g) || i >= len(w) || g[i] != w[i] {
				return fmt.Sprintf("%s, entry %d of %d and %d:\n got %s\nwant %s", key, i+1, len(g), len(w), at(g, i), at(w, i)), nil
			}
		}
	}
	return "", nil
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// ErrDiffers is matched by the error of Same if a state is not the wanted one.
var ErrDiffers = errors.New("the final state differs")

// Same reads the state until it is the wanted one, or a while has passed: the
// kernel reports carriers and MLD's addresses with a delay.
func Same(ctx context.Context, t *topo.Topo, nodes []int, skip []string, want State, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		got, err := Read(ctx, t, nodes)
		if err != nil {
			return err
		}
		diff, err := Diff(got, want, skip)
		if diff == "" || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %s", ErrDiffers, diff)
		}
	}
}

// quiet is how long a state must stay the same to count as final: the kernel
// reports changes of carriers at most once a second (net/core/link_watch.c).
const quiet = 1500 * time.Millisecond

// Settled reads the state until it stays the same.
func Settled(ctx context.Context, t *topo.Topo, nodes []int, patience time.Duration) (State, error) {
	start := time.Now()
	changed := start
	before, err := Read(ctx, t, nodes)
	if err != nil {
		return nil, err
	}
	for {
		now, err := Read(ctx, t, nodes)
		if err != nil {
			return nil, err
		}
		diff, err := Diff(now, before, nil)
		switch {
		case err != nil:
			return nil, err
		case diff == "" && time.Since(changed) > quiet:
			return now, nil
		case time.Since(start) > patience:
			return nil, fmt.Errorf("the state still changes: %s", diff)
		case diff != "":
			changed = time.Now()
		}
		before = now
	}
}
