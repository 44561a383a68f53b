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
		"thread-self/mountinfo":                 strings.Repeat("a mount\n", 29) + "a mount",
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
		{"sys/user/max_net_namespaces", "1001", Shortage{Name: "user.max_net_namespaces", Value: 1001, Needed: 1002, Fatal: true,
			Remedy: `run "sysctl -w user.max_net_namespaces=1002"`}},
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
