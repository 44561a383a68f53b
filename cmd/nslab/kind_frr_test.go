package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
	"golang.org/x/sys/unix"
)

// pidsOf returns the processes of a lab that run, by node and name.
func pidsOf(t *testing.T, name string) map[string]int {
	t.Helper()
	var all struct{ Processes []lab.Program }
	if err := json.Unmarshal([]byte(nslab(t, "ps", "-o", "json", name)), &all); err != nil {
		t.Fatal(err)
	}
	pids := make(map[string]int)
	for _, p := range all.Processes {
		if p.State != lab.ProgramReady {
			t.Errorf("%s/%s is %s: %s", p.Node, p.Name, p.State, p.Problem)
		}
		pids[p.Node+"/"+p.Name] = p.PID
	}
	return pids
}

// vtysh of a node of kind frr talks to that node's daemons, which have the
// node's configuration when `up` returns and when its exec lines run. A changed
// configuration starts that node's daemons again and no others.
func TestIntegrationKindFRR(t *testing.T) {
	testenv.NeedTool(t, "vtysh", "ip")
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("lab.yaml", `name: kf
nodes:
  r:
    count: 2
    kind: frr
    startup-config: r${INDEX}.conf
    exec: ["vtysh -c 'show running-config' > /run/frr/seen"]
  s:
    kind: frr
    startup-config: |
      ip route 198.51.100.0/24 Null0
    tmpfs: {/run/frr: "mode=0755"}
links:
  - {endpoints: ["r1:eth0", "r2:eth0"], subnet: 10.0.0.0/30}
`)
	write("r1.conf", "hostname one\nrouter ospf\n ospf router-id {{host (index (.Interface \"eth0\").IPv4 0)}}\nexit\n!\ninterface eth0\n ip ospf area 0\nexit\nip route 203.0.113.0/24 Null0\n")
	write("r2.conf", "hostname two\nrouter rip\n network eth0\n")
	file := filepath.Join(dir, "lab.yaml")
	home := t.TempDir()
	t.Setenv("HOME", home)
	nslab(t, "up", file)
	defer nslab(t, "down", "kf")
	running := func(node string) string {
		t.Helper()
		return nslab(t, "exec", "kf/"+node, "--", "vtysh", "-c", "show running-config")
	}
	for node, want := range map[string]string{"r1": "router ospf\n ospf router-id 10.0.0.1\n", "r2": "router rip\n network eth0\n", "s": "ip route 198.51.100.0/24 Null0\n"} {
		if got := running(node); !strings.Contains(got, want) || strings.Contains(got, "router") != (node != "s") {
			t.Errorf("%s: no %q in\n%s", node, want, got)
		}
		if node == "s" {
			continue
		}
		if got := nslab(t, "exec", "kf/"+node, "--", "cat", "/run/frr/seen"); !strings.Contains(got, want) {
			t.Errorf("an exec line of %s: no %q in\n%s", node, want, got)
		}
	}
	if got := testenv.Run(t, "ip", "-n", "kf-r1", "route", "show", "203.0.113.0/24"); !strings.Contains(got, "blackhole") {
		t.Errorf("%q", got)
	}
	// What vtysh was told is in the node, and nothing is in the home.
	if got := nslab(t, "exec", "kf/r1", "--", "cat", "/run/frr/history"); !strings.Contains(got, "show running-config") {
		t.Errorf("%q", got)
	}
	if all, err := os.ReadDir(home); err != nil || len(all) > 0 {
		t.Errorf("%v, %v", all, err)
	}
	before := pidsOf(t, "kf")
	if len(before) != 8 || before["r1/ospfd"] == 0 || before["r2/ripd"] == 0 || before["s/staticd"] == 0 {
		t.Errorf("%v", before)
	}
	// What vtysh has written outlives a restart.
	nslab(t, "exec", "kf/r2", "--", "vtysh", "-c", "configure", "-c", "ip route 192.0.2.0/24 Null0", "-c", "end", "-c", "write")
	nslab(t, "restart", "kf/r2")
	if got := running("r2"); !strings.Contains(got, "ip route 192.0.2.0/24") || !strings.Contains(got, "router rip") {
		t.Errorf("after write:\n%s", got)
	}
	before = pidsOf(t, "kf")
	const good = "hostname two\nrouter ospf\n network 10.0.0.0/30 area 0\n"
	write("r2.conf", good)
	nslab(t, "up", file)
	if got := running("r2"); !strings.Contains(got, "router ospf\n network 10.0.0.0/30 area 0") || strings.Contains(got, "router rip") || strings.Contains(got, "192.0.2.0") {
		t.Errorf("after up:\n%s", got)
	}
	after := pidsOf(t, "kf")
	for name, pid := range before {
		if other := strings.HasPrefix(name, "r2/"); other == (after[name] == pid) {
			t.Errorf("%s was %d, is %d", name, pid, after[name])
		}
	}
	if after["r2/ospfd"] == 0 || after["r2/ripd"] != 0 {
		t.Errorf("%v", after)
	}
	if got := nslab(t, "up", file); !strings.Contains(got, "nothing to do") {
		t.Errorf("%s", got)
	}
	// A mistake is FRR's to find.
	write("r2.conf", "hostname two\nrouter ospf\n netwrk 10.0.0.0/30 area 0\n")
	var out, failed strings.Builder
	status := run("nslab", []string{"up", file}, strings.NewReader(""), &out, &failed)
	if errs := failed.String(); status != 1 || !strings.Contains(errs, `node "r2": process "zebra" is not ready: /etc/frr/frr.conf: line 3: % Unknown command`) {
		t.Errorf("%d, %s", status, errs)
	}
	// What ran before runs again.
	write("r2.conf", good)
	if got := nslab(t, "up", file); !strings.Contains(got, "nothing to do") {
		t.Errorf("%s", got)
	}
	if got := running("r2"); !strings.Contains(got, "router ospf\n network 10.0.0.0/30 area 0") {
		t.Errorf("after the mistake:\n%s", got)
	}
}

// What a daemon has left in /run/frr says nothing of the next: when a command
// that has started daemons again returns, they answer with the configuration of
// now. One with a mistake always fails, and the daemons are ready again when
// that has been undone. A daemon that was killed keeps its number meanwhile.
func TestIntegrationKindFRRAgain(t *testing.T) {
	testenv.NeedTool(t, "vtysh")
	keepZombies(t)
	dir := t.TempDir()
	file, conf := filepath.Join(dir, "lab.yaml"), filepath.Join(dir, "r.conf")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	has := func(after, want string) {
		t.Helper()
		if got := nslab(t, "exec", "kg/r", "--", "vtysh", "-c", "show running-config"); !strings.Contains(got, want) {
			t.Errorf("after %s: no %q in\n%s", after, want, got)
		}
	}
	// up returns the errors of a run that ends with a status. It is a process of
	// its own, so that it is not the parent of the daemons when it has ended.
	up := func(status int) string {
		t.Helper()
		c := newChild(t, nil, "up", file)
		if err := c.cmd.Run(); c.cmd.ProcessState == nil || c.cmd.ProcessState.ExitCode() != status {
			t.Fatalf("%v, want status %d: %v", c, status, err)
		}
		return c.err.String()
	}
	write(file, "name: kg\nnodes: {r: {kind: frr, startup-config: r.conf, interfaces: {d: {kind: bridge}}}}\n")
	good := func(cost int) string {
		return fmt.Sprintf("interface d\n description of zebra %d\n ip ospf cost %d\nexit\nip route 203.0.113.%d/32 Null0\n", cost, cost, cost)
	}
	write(conf, good(100))
	up(0)
	defer nslab(t, "down", "kg")
	for cost := 1; cost < 4; cost++ {
		write(conf, good(cost))
		up(0)
		for _, want := range []string{fmt.Sprintf("description of zebra %d\n", cost), fmt.Sprintf("ip ospf cost %d\n", cost), fmt.Sprintf("ip route 203.0.113.%d/32", cost)} {
			has("a change", want)
		}
		for name, pid := range pidsOf(t, "kg") {
			fd, err := unix.PidfdOpen(pid, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := unix.Kill(pid, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000); n != 1 || unix.Close(fd) != nil {
				t.Fatalf("%s does not end: %v", name, err)
			}
			up(0)
			has("the end of "+name, map[string]string{"r/zebra": "description", "r/ospfd": "ip ospf cost", "r/staticd": "ip route"}[name])
		}
		if c := newChild(t, nil, "restart", "kg/r/zebra"); c.cmd.Run() != nil {
			t.Fatal(c)
		}
		has("a restart", fmt.Sprintf("description of zebra %d\n", cost))

		write(conf, good(cost)+"router bogus\n")
		if errs := up(1); !strings.Contains(errs, "line 6: % Unknown command") {
			t.Error(errs)
		}
		pidsOf(t, "kg")
		for _, want := range []string{"description", "ip ospf cost", "ip route"} {
			has("a mistake", want)
		}
	}
}

// keepZombies makes this process the parent of what its children leave, until
// the test ends, and has it wait for none of that: as the first process of some
// containers does.
func keepZombies(t *testing.T) {
	t.Helper()
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); err != nil {
			t.Error(err)
		}
		for pid := 1; pid > 0; {
			pid, _ = unix.Wait4(-1, nil, unix.WNOHANG, nil)
		}
	})
}

// The documentation's lab of FRR routers comes up. A daemon may have an option
// that nslab gives otherwise, as in Debian's /etc/frr/daemons.
func TestIntegrationDocsFRR(t *testing.T) {
	testenv.NeedTool(t, "vtysh")
	page, err := os.ReadFile("../../docs/lab-file.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), "```yaml\nname: pair\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !closed || !strings.Contains(text, `"bfdd -A 127.0.0.1"`) {
		t.Fatalf("no such lab, or without the option: %q", text)
	}
	file := filepath.Join(t.TempDir(), "lab.yaml")
	if err := os.WriteFile(file, []byte("name: pair\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	nslab(t, "up", file)
	defer nslab(t, "down", "pair")
	pids := pidsOf(t, "pair")
	for daemon, want := range map[string]string{"r1/bfdd": "-A 127.0.0.1", "r1/bgpd": "-A 127.0.0.1", "s/staticd": "-A 127.0.0.1"} {
		words, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pids[daemon]))
		if got := strings.ReplaceAll(string(words), "\x00", " "); err != nil || strings.Count(got, want) != 1 {
			t.Errorf("%s: %q, %v", daemon, got, err)
		}
	}
}
