package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeMachine is a machine with limits that no lab comes near.
func fakeMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{proc: t.TempDir(), netns: t.TempDir() + "/run/netns"}
	for path, text := range map[string]string{
		"sys/fs/mount-max":                      "100000",
		"sys/user/max_net_namespaces":           "200000",
		"sys/net/ipv4/neigh/default/gc_thresh3": "1000000",
		"sys/net/core/netdev_max_backlog":       "100000",
		"meminfo":                               "MemTotal: 99999999 kB\nMemAvailable:   90000000 kB\n",
		"thread-self/mountinfo":                 strings.Repeat("1 0 0:1 / /x rw - tmpfs none rw\n", 30),
	} {
		m.set(t, path, text)
	}
	return m
}

func (m *machine) set(t *testing.T, path, text string) {
	t.Helper()
	path = filepath.Join(m.proc, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestShortages(t *testing.T) {
	d := demand{nodes: 1001, links: 1000, ports: 1000}
	if got := fakeMachine(t).shortages(d); len(got) != 0 {
		t.Fatalf("a large machine is short of %v", got)
	}
	for _, tt := range []struct {
		path, text string
		want       Shortage
	}{
		{"sys/fs/mount-max", "1031", Shortage{Name: "fs.mount-max", Value: 1031, Needed: 1032, Fatal: true, Remedy: `run "sysctl -w fs.mount-max=1032"`}},
		{"sys/user/max_net_namespaces", "1002", Shortage{Name: "user.max_net_namespaces", Value: 1002, Needed: 1003, Fatal: true,
			Remedy: `run "sysctl -w user.max_net_namespaces=1003"`}},
		{"meminfo", "MemAvailable: 336239 kB", Shortage{Name: "available memory in KiB", Value: 336239, Needed: 336240, Fatal: true}},
		{"sys/net/ipv4/neigh/default/gc_thresh3", "1024", Shortage{Name: "net.ipv4.neigh.default.gc_thresh3", Value: 1024, Needed: 2000,
			Remedy: `run "sysctl -w net.ipv4.neigh.default.gc_thresh3=2000"`}},
		{"sys/net/core/netdev_max_backlog", "1000", Shortage{Name: "net.core.netdev_max_backlog", Value: 1000, Needed: 1001,
			Remedy: `run "sysctl -w net.core.netdev_max_backlog=1001"`}},
	} {
		m := fakeMachine(t)
		m.set(t, tt.path, tt.text)
		got := m.shortages(d)
		if len(got) != 1 {
			t.Errorf("%s: %v", tt.path, got)
			continue
		}
		s := got[0]
		if s.Name != tt.want.Name || s.Value != tt.want.Value || s.Needed != tt.want.Needed || s.Fatal != tt.want.Fatal || !strings.Contains(s.Remedy, tt.want.Remedy) || s.Why == "" {
			t.Errorf("got %+v, want %+v", s, tt.want)
		}
		// One namespace less fits, and so does a change that makes none.
		if len(m.shortages(demand{nodes: 1, links: 1, ports: 2})) != 0 || len(m.shortages(demand{links: 1000, ports: 1000})) != 0 {
			t.Errorf("%s: a small change does not fit", tt.path)
		}
		// What cannot be read is no limit.
		m.set(t, tt.path, "nonsense")
		if got := m.shortages(d); len(got) != 0 {
			t.Errorf("%s: nonsense is %v", tt.path, got)
		}
	}
}

// The control groups of a process may leave it less than the machine has.
func TestCgroupMemory(t *testing.T) {
	d := demand{nodes: 1001, links: 1000, ports: 1000} // 336,240 KiB
	const roomy, tight = "900000000000", "400000000"
	for _, tt := range []struct {
		name  string
		group string // /proc/self/cgroup
		mount string // of mountinfo: root, place below a directory, type, options
		files map[string]string
		want  string // the group that is short, "" for none
		free  uint64
	}{
		{"none", "0::/\n", "", nil, "", 0},
		{"v2", "0::/a/b\n", "/ /cg cgroup2 rw", map[string]string{"/cg/a/b/memory.max": tight, "/cg/a/b/memory.current": "104857600"}, "/cg/a/b", 288225},
		{"v2 without a limit", "0::/a/b\n", "/ /cg cgroup2 rw", map[string]string{"/cg/a/b/memory.max": "max", "/cg/a/b/memory.current": "1"}, "", 0},
		{"v2, a group above", "0::/a/b\n", "/ /cg cgroup2 rw", map[string]string{"/cg/a/b/memory.max": roomy, "/cg/a/b/memory.current": "1",
			"/cg/a/memory.max": "1048576", "/cg/a/memory.current": "2097152"}, "/cg/a", 0},
		{"v2, page cache", "0::/a\n", "/ /cg cgroup2 rw", map[string]string{"/cg/a/memory.max": tight, "/cg/a/memory.current": "390000000",
			"/cg/a/memory.stat": "anon 1\nactive_file 200000000\ninactive_file 180000000\n"}, "", 0},
		{"v2, a container's", "0::/\n", "/../.. /cg cgroup2 rw", map[string]string{"/cg/memory.max": "1048576", "/cg/memory.current": "0"}, "/cg", 1024},
		{"v2, a part is mounted", "0::/a/b\n", "/a /cg cgroup2 rw", map[string]string{"/cg/b/memory.max": "1048576", "/cg/b/memory.current": "0"}, "/cg/b", 1024},
		{"v1", "5:cpu:/x\n4:memory:/a\n0::/\n", "/ /cg cgroup rw,memory", map[string]string{"/cg/a/memory.limit_in_bytes": "104857600", "/cg/a/memory.usage_in_bytes": "0"}, "/cg/a", 100 << 10},
		{"v1 without a limit", "4:memory:/a\n", "/ /cg cgroup rw,memory", map[string]string{"/cg/a/memory.limit_in_bytes": "9223372036854771712", "/cg/a/memory.usage_in_bytes": "0"}, "", 0},
		{"v1, the kernel's", "4:memory:/a\n", "/ /cg cgroup rw,memory", map[string]string{"/cg/a/memory.limit_in_bytes": roomy, "/cg/a/memory.usage_in_bytes": "0",
			"/cg/a/memory.kmem.limit_in_bytes": "104857600", "/cg/a/memory.kmem.usage_in_bytes": "1048576"}, "/cg/a", 99 << 10},
		{"v1, another controller", "4:cpu:/a\n", "/ /cg cgroup rw,cpu", map[string]string{"/cg/a/memory.limit_in_bytes": "1", "/cg/a/memory.usage_in_bytes": "0"}, "", 0},
	} {
		m := fakeMachine(t)
		m.set(t, "self/cgroup", tt.group)
		if f := strings.Fields(tt.mount); len(f) == 4 {
			m.set(t, "thread-self/mountinfo", "35 31 0:32 "+f[0]+" "+m.proc+f[1]+" rw - "+f[2]+" none "+f[3])
		}
		for path, text := range tt.files {
			m.set(t, path, text)
		}
		got := m.shortages(d)
		if tt.want == "" {
			if len(got) != 0 {
				t.Errorf("%s: %v", tt.name, got)
			}
			continue
		}
		if len(got) != 1 || !got[0].Fatal || got[0].Name != "memory in KiB that is left in the control group "+m.proc+tt.want || got[0].Value != tt.free || got[0].Needed != 336240 {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestDemand(t *testing.T) {
	p, err := PlanOffline(parse(t, untouchedBase), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.demand(), (demand{nodes: 7, links: 5, ports: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A lab that no machine holds is refused before anything is done.
func TestIntegrationTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a lab of 100,000 nodes")
	}
	top := parse(t, "name: large\nnodes: {h: {count: 100000}}\n")
	_, err := Up(bg, top, nil, UpOptions{})
	var short *Shortage
	if !errors.As(err, &short) || !short.Fatal || !strings.HasPrefix(err.Error(), `lab "large": nothing was done: `) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(DefaultRoot + "/large"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}
