package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/memlimit"
	"github.com/nslab/nslab/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// A Shortage is a limit of the machine that is too low for a lab.
type Shortage struct {
	// Name is the name of the limit, such as "fs.mount-max" in sysctl(8).
	Name string
	// Value is its value, Needed what the lab needs.
	Value, Needed uint64
	// Why says what part of the lab needs it.
	Why string
	// Remedy is the command that raises it, or another remedy.
	Remedy string
	// Fatal means that the lab cannot be created. Otherwise packets may get
	// lost in it.
	Fatal bool
}

func (s *Shortage) Error() string {
	return fmt.Sprintf("%s is %d, but %s needs %d: %s", s.Name, s.Value, s.Why, s.Needed, s.Remedy)
}

// The kernel memory that a namespace takes, and a veth pair with its addresses,
// in bytes: measured on Linux 6.18, see docs/scale.md.
const (
	nodeMemory = 240 << 10
	linkMemory = 96 << 10
)

// descriptors is how many files nslab has open at most, however large the lab
// is.
const descriptors = 1024

// A machine is where limits are read from.
type machine struct {
	// proc is where proc is mounted.
	proc string
	// netns is the directory of names.
	netns string
}

// demand is what a plan needs of the machine.
type demand struct {
	nodes, links int
	// ports is how many ports the largest bridge has.
	ports int
}

func (p *Plan) demand() demand {
	var d demand
	type bridge struct {
		node int
		name string
	}
	ports := make(map[bridge]int)
	for i := range p.Topology.Links {
		for e := range p.Topology.Links[i].Ends {
			if end := &p.Topology.Links[i].Ends[e]; end.Bridge != "" {
				k := bridge{end.Node, end.Bridge}
				ports[k]++
				d.ports = max(d.ports, ports[k])
			}
		}
	}
	for i := range p.Steps {
		switch s := &p.Steps[i]; {
		case s.Verb != Create:
		case s.Object == "namespace":
			d.nodes++
		case s.Object == "link":
			d.links++
		}
	}
	return d
}

// shortages compares what a plan needs with the machine's limits. What cannot
// be read does not limit it as far as anybody can tell.
func (m *machine) shortages(d demand) []*Shortage {
	var all []*Shortage
	check := func(value uint64, ok bool, needed uint64, s Shortage) {
		if ok && value < needed {
			s.Value, s.Needed = value, needed
			all = append(all, &s)
		}
	}
	raise := func(key string, needed uint64) string { return fmt.Sprintf("run \"sysctl -w %s=%d\"", key, needed) }
	if d.nodes == 0 {
		return nil
	}
	nodes := uint64(d.nodes)
	namespaces := fmt.Sprintf("a lab with %d new namespaces", d.nodes)

	var files unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files)
	// Go's runtime has raised the soft limit to the hard one.
	check(files.Cur, err == nil, min(descriptors, 64+undoFiles+6*nodes), Shortage{Name: "the limit of open files", Why: namespaces, Fatal: true,
		Remedy: fmt.Sprintf("run \"ulimit -Hn %d\" before, as root", descriptors)})

	have, ok := m.mounts()
	v, ok2 := m.number("sys/fs/mount-max")
	check(v, ok && ok2, have+nodes+1, Shortage{Name: "fs.mount-max", Why: fmt.Sprintf("%s, in addition to the %d existing mounts,", namespaces, have), Fatal: true,
		Remedy: raise("fs.mount-max", have+nodes+1)})

	if short := m.roomForNamespaces(d.nodes); short != nil {
		all = append(all, short)
	}

	v, ok = m.inodes()
	check(v, ok, 2*nodes, Shortage{Name: "the number of free inodes under " + m.netns, Why: namespaces, Fatal: true,
		Remedy: fmt.Sprintf("make room there, or run \"mount -o remount,nr_inodes=%d\" on its tmpfs", 4*nodes)})

	memory := (nodes*nodeMemory + uint64(d.links)*linkMemory) >> 10
	v, ok = m.meminfo("MemAvailable")
	check(v, ok, memory, Shortage{Name: "available memory in KiB", Why: namespaces, Fatal: true, Remedy: "make the lab smaller or free memory"})

	mounts, _ := m.mountinfo() // none where they cannot be read
	v, group, ok := memlimit.Left(m.proc, mounts)
	check(v, ok, memory, Shortage{Name: "memory in KiB that is left in the control group " + group, Why: namespaces, Fatal: true,
		Remedy: "make the lab smaller, raise the group's limit, or run nslab in another group"})

	// Both are there in the machine's own network namespace only.
	neighbours := 2 * uint64(d.links)
	v, ok = m.number("sys/net/ipv4/neigh/default/gc_thresh3")
	check(v, ok, neighbours, Shortage{Name: "net.ipv4.neigh.default.gc_thresh3", Why: "a lab in which every end of every link is in use",
		Remedy: raise("net.ipv4.neigh.default.gc_thresh3", neighbours)})
	v, ok = m.number("sys/net/core/netdev_max_backlog")
	check(v, ok, uint64(d.ports)+1, Shortage{Name: "net.core.netdev_max_backlog", Why: fmt.Sprintf("one broadcast on a bridge with %d ports", d.ports),
		Remedy: raise("net.core.netdev_max_backlog", uint64(d.ports)+1)})
	return all
}

// number reads a file of proc that holds a number.
func (m *machine) number(path string) (uint64, bool) { return memlimit.Number(m.proc + "/" + path) }

// mounts returns how many mounts there are in this mount namespace.
func (m *machine) mounts() (uint64, bool) {
	all, err := m.mountinfo()
	return uint64(len(all)), err == nil
}

// mountinfo reads which they are.
func (m *machine) mountinfo() ([]mountinfo.Mount, error) {
	return mountinfo.Read(m.proc + "/thread-self/mountinfo")
}

// inodes returns how many files may be made where the names are.
func (m *machine) inodes() (uint64, bool) {
	var st unix.Statfs_t
	dir := m.netns
	err := unix.Statfs(dir, &st)
	for errors.Is(err, unix.ENOENT) && strings.Count(dir, "/") > 1 {
		dir = dir[:strings.LastIndexByte(dir, '/')]
		err = unix.Statfs(dir, &st)
	}
	// Some file systems make inodes as they are needed, and say 0.
	return st.Ffree, err == nil && st.Files > 0
}

// meminfo returns a field of /proc/meminfo in KiB.
func (m *machine) meminfo(field string) (uint64, bool) {
	b, err := os.ReadFile(m.proc + "/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			v, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// fits returns an error that names every limit which keeps a plan from being
// carried out, and gives those that may cost it packets to Config.OnShortage.
func (s *session) fits(p *Plan) error {
	m := machine{proc: "/proc", netns: s.cfg.netns()}
	var errs []error
	for _, short := range m.shortages(p.demand()) {
		switch {
		case short.Fatal:
			errs = append(errs, short)
		case s.cfg.OnShortage != nil:
			s.cfg.OnShortage(short)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("lab %q: nothing was done: %w", s.Name, errors.Join(errs...))
	}
	return nil
}
