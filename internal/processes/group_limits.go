package processes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// The limits of a node are those of its cgroup, nslab/LAB.ID/NODE, which has the
// cgroups of all its members in it (Documentation/admin-guide/cgroup-v2.rst).

// cpuPeriod is that of cpu.max, in microseconds: the kernel's default.
const cpuPeriod = 100_000

// A limit is one of a node's.
type limit struct {
	// controller has to be enabled for it, and file is its file.
	controller, file string
	// get is the value in the unit of topology.NodeLimits, 0 for no limit.
	get func(*topology.NodeLimits) *int64
	// format and parse turn it into the text of the file, and back.
	format func(int64) string
	parse  func(string) (int64, error)
}

func formatInt(n int64) string            { return strconv.FormatInt(n, 10) }
func parseInt(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

var limits = []limit{
	{"memory", "memory.max", func(l *topology.NodeLimits) *int64 { return &l.Memory }, formatInt, parseInt},
	{"cpu", "cpu.max", func(l *topology.NodeLimits) *int64 { return &l.CPU },
		func(n int64) string { return fmt.Sprintf("%d %d", n*cpuPeriod/1000, cpuPeriod) },
		func(text string) (int64, error) {
			var quota, period int64
			_, err := fmt.Sscan(text, &quota, &period)
			return quota * 1000 / max(1, period), err
		}},
	{"pids", "pids.max", func(l *topology.NodeLimits) *int64 { return &l.PIDs }, formatInt, parseInt},
}

// swapFile limits what goes to swap; a kernel without swap accounting has none.
const swapFile = "memory.swap.max"

// CanLimit returns why nodes cannot have limits here, which names the keys of
// the file for them; nil if they can.
func CanLimit(l *topology.NodeLimits) error {
	g := &Group{}
	if err := g.openTree(); lacksTree(err) {
		return fmt.Errorf("a limit needs control groups (cgroup v2), and those only root of the machine can make: %w", err)
	} else if err != nil {
		return err
	}
	defer g.Close() //nolint:errcheck // nothing was written
	have, err := g.words("cgroup.controllers")
	if err != nil {
		return err
	}
	enabled, err := g.words("cgroup.subtree_control")
	if err != nil {
		return err
	}
	for _, lim := range limits {
		switch {
		case *lim.get(l) == 0 || slices.Contains(enabled, lim.controller):
		case !slices.Contains(have, lim.controller):
			return fmt.Errorf("the control groups (cgroup v2) have no %s controller here; where cgroup v1 is mounted with it, or the kernel is told so, they lack it: see /proc/cgroups", lim.controller)
		default:
			if err := g.mayDelegate(lim.controller); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayDelegate reports why a controller cannot be enabled at the root of the
// tree. That of a cgroup namespace is a cgroup like others: with processes in it
// it cannot have controllers for those below it.
func (g *Group) mayDelegate(controller string) error {
	if _, err := g.read("cgroup.type"); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	procs, err := g.words("cgroup.procs")
	if err == nil && len(procs) > 0 {
		err = fmt.Errorf("the %s controller cannot be enabled: processes are in the control group that the tree begins with here; move them into one below it", controller)
	}
	return err
}

// words reads a file of the tree.
func (g *Group) words(at string) ([]string, error) {
	b, err := g.read(at)
	return strings.Fields(b), err
}

func (g *Group) read(at string) (string, error) {
	f, err := g.open(at, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := make([]byte, 4<<10)
	n, err := f.Read(b)
	if err == io.EOF || errors.Is(err, unix.ENODEV) {
		err = nil // it is empty, or has been removed meanwhile
	}
	return strings.TrimSpace(string(b[:n])), err
}

func (g *Group) write(at, text string) error {
	f, err := g.open(at, unix.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// enterNode makes the cgroup of a node, with its limits. The cgroup of the lab
// is entered.
func (g *Group) enterNode(node string, l *topology.NodeLimits) error {
	at := g.nodePath(node)
	for _, lim := range limits {
		if *lim.get(l) == 0 {
			continue
		}
		for _, above := range []string{".", parentGroup, g.path()} {
			if err := g.write(above+"/cgroup.subtree_control", "+"+lim.controller); err != nil {
				return fmt.Errorf("enable the %s controller: %w", lim.controller, err)
			}
		}
	}
	if err := unix.Mkdirat(int(g.tree.Fd()), at, 0o755); err != nil && err != unix.EEXIST {
		return &fs.PathError{Op: "make cgroup", Path: at, Err: err}
	}
	for _, lim := range limits {
		n := *lim.get(l)
		text := "max"
		if n != 0 {
			text = lim.format(n)
		}
		if err := g.write(at+"/"+lim.file, text); err != nil && (n != 0 || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("limit %s to %s: %w", lim.controller, text, err)
		}
	}
	if l.Memory == 0 {
		return nil
	}
	if err := g.write(at+"/"+swapFile, "0"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// For each member's own count of those that were killed.
	return g.write(at+"/cgroup.subtree_control", "+memory")
}

// SetLimits makes a node's limits what they should be. What runs in it goes on.
func (g *Group) SetLimits(node string, l *topology.NodeLimits) error {
	if g.marked {
		return errors.New("a limit needs control groups, and this lab has none")
	}
	lock, err := g.enter()
	if err != nil {
		return err
	}
	return errors.Join(g.enterNode(node, l), lock.Close())
}

// ReadLimits returns the limits of those nodes of a lab in whose cgroups anything
// lives. Those of others are set when something is started.
func ReadLimits(d *labdir.Dir) (map[string]topology.NodeLimits, error) {
	g, err := ReadGroup(d)
	if err != nil || g == nil || g.marked {
		return nil, err
	}
	if err := g.openTree(); err != nil {
		if lacksTree(err) {
			return nil, nil
		}
		return nil, err
	}
	defer g.Close() //nolint:errcheck // nothing was written
	nodes, err := g.in(g.path())
	all := make(map[string]topology.NodeLimits, len(nodes))
	for _, node := range nodes {
		if events, rerr := g.read(g.nodePath(node) + "/cgroup.events"); rerr != nil || !strings.Contains(events, "populated 1") {
			continue // or it has just gone
		}
		var l topology.NodeLimits
		for _, lim := range limits {
			text, rerr := g.read(g.nodePath(node) + "/" + lim.file)
			if errors.Is(rerr, fs.ErrNotExist) || rerr == nil && (text == "" || strings.HasPrefix(text, "max")) {
				continue
			}
			if rerr == nil {
				*lim.get(&l), rerr = lim.parse(text)
			}
			err = errors.Join(err, rerr)
		}
		all[node] = l
	}
	return all, err
}

// Kills returns how many processes of a member the kernel has killed for want of
// memory since it was started last, as far as that is counted.
func (g *Group) Kills(member string) (sum int, err error) {
	if g == nil || g.marked {
		return 0, nil
	}
	all, err := g.cgroupsOf(member)
	for _, at := range all {
		text, rerr := g.read(at + "/memory.events")
		if rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
		for line := range strings.Lines(text) {
			if n, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
				k, _ := strconv.Atoi(n) // the kernel's own
				sum += k
			}
		}
	}
	return sum, err
}
