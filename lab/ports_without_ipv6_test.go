package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// manyPorts is a lab with a bridge of 40 ports, whose other ends are in one
// host. The last link is as given.
func manyPorts(last string) string {
	var b strings.Builder
	b.WriteString("name: t\nnodes:\n  sw: {kind: bridge, bridge: {name: br0}}\n  h: {}\nlinks:\n")
	for i := range 39 {
		fmt.Fprintf(&b, "  - {endpoints: [\"h:e%d\", \"sw:p%d\"], ipv4: [\"10.0.%d.1/24\", \"\"]}\n", i, i, i)
	}
	return b.String() + "  - {endpoints: [\"h:e39\", \"sw:p39\"]" + last + "}\n"
}

// wantIPv6 checks which interfaces of the bridge's node have IPv6, and that new
// ones would.
func wantIPv6(t *testing.T, off string, on ...string) {
	t.Helper()
	in(t, "t-sw", func() error {
		values := map[string]string{"p0": off, "default": "0", "br0": "0", "lo": "0", "all": "0"}
		if _, err := os.Stat("/proc/sys/net/ipv6/conf/br0"); err != nil {
			delete(values, "br0") // the file has none
		}
		for _, name := range on {
			values[name] = "0"
		}
		for name, want := range values {
			b, err := os.ReadFile("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6")
			if err != nil {
				return err
			}
			if got := strings.TrimSpace(string(b)); got != want {
				t.Errorf("disable_ipv6 of %s is %s, want %s", name, got, want)
			}
		}
		b, err := os.ReadFile("/proc/sys/net/ipv6/conf/default/addr_gen_mode")
		if got := strings.TrimSpace(string(b)); got != "0" {
			t.Errorf("addr_gen_mode of new interfaces is %s, want 0", got)
		}
		return err
	})
}

// Many ports of a new namespace have no IPv6. One that stops being a port by
// the file has it again, and so has one that the file gives IPv6. Undoing takes
// it back.
func TestIntegrationPortsWithoutIPv6(t *testing.T) {
	file := manyPorts("")
	up(t, nil, file)
	wantIPv6(t, "1")
	settled(t, nil, file)
	if p, err := PlanUp(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}}); err != nil || !p.Empty() {
		t.Fatalf("to prune: %v\n%s", err, words(p))
	}
	if _, err := Up(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Recreate: []string{"sw"}}}); err != nil {
		t.Fatal(err)
	}
	wantIPv6(t, "1")
	settled(t, nil, file)
	for _, to := range []struct{ file, off string }{
		{manyPorts(", ipv6: on"), "1"},
		{strings.Replace(manyPorts(`, ipv6: ["fd00::1/64", "fd00::2/64"]`), "kind: bridge, bridge: {name: br0}", "", 1), "0"},
	} {
		undone(t, to.file, UpOptions{})
		wantIPv6(t, "1")
		settled(t, nil, file)
		up(t, nil, to.file)
		wantIPv6(t, to.off, "p39")
		settled(t, nil, to.file)
		up(t, nil, file)
		settled(t, nil, file)
	}
	more := strings.Replace(file, "nodes:", "nodes:\n  g: {}", 1) + "  - {endpoints: [\"g:f0\", \"sw:q0\"]}\n  - {endpoints: [\"g:f1\", \"sw:q1\"], mtu: 1000}\n"
	undone(t, more, UpOptions{})
	up(t, nil, more)
	if got := sysctlOf(t, "sw", "net.ipv6.conf.q0.disable_ipv6"); got != "1" {
		t.Errorf("disable_ipv6 of a port that is added is %s, want 1", got)
	}
	settled(t, nil, more)
}

// A lab whose ports have IPv6, as earlier versions and people make them, stays
// as it is.
func TestIntegrationPortsWithIPv6(t *testing.T) {
	p := &property{node: "sw"}
	file := manyPorts("")
	up(t, nil, file)
	p.sh(t, "for f in /proc/sys/net/ipv6/conf/p*/disable_ipv6; do echo 0 >$f; done")
	settled(t, nil, file)
	for _, prune := range []bool{false, true} {
		plan, err := PlanUp(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Prune: prune}})
		if err != nil || !plan.Empty() {
			t.Errorf("prune %v: %v\n%s", prune, err, words(plan))
		}
	}
	wantIPv6(t, "0")
}

// An `up` that was killed before the ports were there is ended by the next one.
func TestIntegrationPortsWithoutIPv6Interrupted(t *testing.T) {
	p := &property{node: "sw"}
	file := manyPorts("")
	up(t, nil, file)
	const kill = "for s in default/disable_ipv6 default/addr_gen_mode br0/disable_ipv6; do echo 1 >/proc/sys/net/ipv6/conf/$s; done"
	p.sh(t, kill)
	settled(t, nil, file) // somebody's hand
	setState(t, &Config{}, func(_ *labdir.Dir, s *State) { s.Phase = PhaseChanging })
	undone(t, file, UpOptions{})
	if plan := up(t, nil, file); len(plan.Steps) != 3 {
		t.Errorf("up did\n%s", words(plan))
	}
	wantIPv6(t, "1")
	settled(t, nil, file)
}

// Where /proc/sys is read-only, ports have IPv6.
func TestIntegrationPortsReadOnly(t *testing.T) {
	const dir = "/proc/sys"
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	file := manyPorts("")
	up(t, nil, file)
	wantIPv6(t, "0")
	settled(t, nil, file)
}
