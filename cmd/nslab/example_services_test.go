package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// inExample runs a program in a node of an example, as soon as its lab is up,
// and returns the program's standard output.
func inExample(t *testing.T, file, node string, argv ...string) string {
	t.Helper()
	cmd := exec.Command(link(t, "nslab"), append([]string{"run", "--node", node, "../../examples/" + file, "--"}, argv...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: in %s, %q: %v\n%s%s", file, node, argv, err, stderr.String(), out)
	}
	return string(out)
}

// When examples/dhcp.yaml is up, a PC has an address of the server's range, the
// way out and the DNS server that the server names, and finds another PC. The
// machine's resolv.conf stays as it is.
func TestIntegrationExampleDHCP(t *testing.T) {
	testenv.NeedTool(t, "dnsmasq", "busybox", "ip", "ping")
	before, err := os.ReadFile("/etc/resolv.conf")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out := inExample(t, "dhcp.yaml", "pc1", "sh", "-c",
		"ip -o -4 address show dev eth0; ip route show default; cat /etc/resolv.conf; ping -c 1 -W 5 pc3.lan")
	for _, want := range []string{"inet 10.0.0.1", "/24 ", "default via 10.0.0.1 dev eth0", "nameserver 10.0.0.1\n", "PING pc3.lan (10.0.0.1", " 1 received"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in\n%s", want, out)
		}
	}
	if after, err := os.ReadFile("/etc/resolv.conf"); string(after) != string(before) {
		t.Errorf("/etc/resolv.conf has changed (%v):\n%s\nbefore:\n%s", err, after, before)
	}
}

// When examples/web.yaml is up, each client gets the page from the server
// behind the router, and the server sees the client's own address.
func TestIntegrationExampleWeb(t *testing.T) {
	testenv.NeedTool(t, "nginx", "curl")
	if got, want := inExample(t, "web.yaml", "client2", "curl", "-fs", "http://web/"), "I am web of the lab web.\n"; got != want {
		t.Errorf("the page is %q, want %q", got, want)
	}
	log := inExample(t, "web.yaml", "web", "sh", "-c", `cat "/run/nslab/web/log/web/cmd"`)
	for _, want := range []string{"10.0.0.2 - - ", "10.0.0.3 - - ", `"GET / HTTP/1.1" 200 `} {
		if !strings.Contains(log, want) {
			t.Errorf("there is no %q in the server's log:\n%s", want, log)
		}
	}
}
