package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// labName is the name of the sweeps' lab. There is one tree of cgroups, and
// other sweeps may run on this machine.
var labName = fmt.Sprintf("sweep-%d-%d", os.Getpid(), time.Now().UnixNano()%1_000_000)

// baseFile has two hosts on a bridge, and a router, with an interface on one of
// its own, between the bridge and a third host. The kernel does not check link-local addresses for duplicates,
// because that takes seconds.
const baseFile = `name: NAME
nodes:
  h1:
    routes: ["default via 10.0.1.1"]
    exec: LINES-OF-h1
    tmpfs: {/mnt: ""}
    files: {/mnt/conf: {content: "base"}}
  h2:
    routes: ["10.0.2.0/24 via 10.0.1.1", "10.9.0.0/16 via 10.0.1.11"]
    dns: ["10.0.2.2"]
    tmpfs: {/mnt: ""}
    files: {/mnt/deep/conf: {content: "deep", mode: 0640}}
  h3:
    sysctls: {net.ipv6.conf.default.accept_dad: 0}
    addresses: ["10.3.3.3/32"]
    exec: LINES-OF-h3
    routes: ["default via 10.0.2.1"]
  r:
    kind: router
    sysctls: {net.ipv6.conf.default.accept_dad: 0, net.ipv4.conf.all.rp_filter: 0, net.ipv4.icmp_ratelimit: 100}
    interfaces: {mv0: {kind: macvlan, link: wan, mode: private, addresses: ["10.6.0.1/24"]}}
  sw:
    kind: bridge
    bridge: {name: br0, addresses: ["10.0.1.250/24"]}
links:
  - endpoints: ["h1:eth0", "sw:p1"]
    ipv4: ["10.0.1.11/24", ""]
  - endpoints: ["h2:eth0", "sw:p2"]
    ipv4: ["10.0.1.12/24", ""]
  - endpoints: ["r:lan", "sw:p3"]
    ipv4: ["10.0.1.1/24", ""]
  - endpoints: ["r:wan", "h3:eth0"]
    ipv4: ["10.0.2.1/24", "10.0.2.2/24"]
    ipv6: ["2001:db8:2::1/64", "2001:db8:2::2/64"]
`

// changedFile differs from baseFile: it has h4 instead of h2, one more link
// between h1 and h3, to a port of a bridge there, another address and another
// route on h1, other files that programs in h1 see, another MTU between r and
// h3, other sysctls, another mode of the macvlan and one more of them on r, and
// another forward delay of the bridge.
const changedFile = `name: NAME
nodes:
  h1:
    routes: ["default via 10.0.1.1 metric 5"]
    exec: LINES-OF-h1
    files: {/mnt/conf: {content: "changed", mode: 0600}}
    binds: ["/etc:/mnt:ro"]
  h3:
    sysctls: {net.ipv6.conf.default.accept_dad: 0}
    addresses: ["10.3.3.4/32"]
    exec: LINES-OF-h3
    routes: ["default via 10.0.2.1", "10.7.0.0/16 via 10.5.0.1"]
    interfaces: {br1: {kind: bridge, ports: [eth1], addresses: ["10.5.0.2/30"]}}
  h4:
    exec: LINES-OF-h4
    routes: ["default via 10.0.1.1"]
    dns: ["10.0.2.2"]
  r:
    kind: router
    sysctls: {net.ipv6.conf.default.accept_dad: 0, net.ipv4.conf.all.rp_filter: 1, net.ipv4.icmp_ratelimit: 200}
    interfaces: {mv0: {kind: macvlan, link: wan, mode: bridge, addresses: ["10.6.0.2/24"]}, mv1: {kind: macvlan, link: lan}}
  sw:
    kind: bridge
    bridge: {name: br0, forward_delay: 4s, addresses: ["10.0.1.251/24"]}
links:
  - endpoints: ["h1:eth0", "sw:p1"]
    ipv4: ["10.0.1.21/24", ""]
  - endpoints: ["h4:eth0", {node: sw, interface: p4, port: {isolated: on, cost: 77}}]
    ipv4: ["10.0.1.14/24", ""]
  - endpoints: ["r:lan", "sw:p3"]
    ipv4: ["10.0.1.1/24", ""]
  - endpoints: ["r:wan", "h3:eth0"]
    ipv4: ["10.0.2.1/24", "10.0.2.2/24"]
    ipv6: ["2001:db8:2::1/64", "2001:db8:2::2/64"]
    mtu: 1400
  - endpoints: ["h1:eth1", "h3:eth1"]
    ipv4: ["10.5.0.1/30", ""]
`

// A labFile is a file and its nodes.
type labFile struct {
	path  string
	nodes []string
	// sees is what seeing prints in nodes that have something of their own.
	sees map[string]string
}

// seeing is a shell line that prints the types, modes and contents of that.
const seeing = "cd /mnt && for f in conf deep deep/conf; do [ ! -e $f ] || stat -c '%n %F %a' $f; [ ! -f $f ] || cat $f; done"

// manyPorts writes a file of a bridge with so many ports that they are made
// without IPv6; all their other ends are in one host.
func manyPorts(t testing.TB) labFile {
	t.Helper()
	text := "name: " + labName + "\nnodes:\n  h2: {}\n  sw: {kind: bridge, bridge: {name: br0}}\nlinks:\n"
	for i := range 40 {
		text += fmt.Sprintf("  - endpoints: [\"h2:e%d\", \"sw:p%d\"]\n", i, i)
	}
	f := labFile{filepath.Join(t.TempDir(), "ports.yaml"), []string{"h2", "sw"}, nil}
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func writeFiles(t testing.TB) (base, changed labFile) {
	t.Helper()
	dir := t.TempDir()
	base = labFile{filepath.Join(dir, "base.yaml"), []string{"h1", "h2", "h3", "r", "sw"}, map[string]string{
		"h1": "conf regular file 644\nbase", "h2": "deep directory 755\ndeep/conf regular file 640\ndeep",
	}}
	changed = labFile{filepath.Join(dir, "changed.yaml"), []string{"h1", "h3", "h4", "r", "sw"}, map[string]string{"h1": "conf regular file 600\nchanged"}}
	for f, text := range map[string]string{base.path: baseFile, changed.path: changedFile} {
		text = strings.Replace(text, "NAME", labName, 1)
		for _, node := range withLines {
			text = strings.ReplaceAll(text, "LINES-OF-"+node, lines(node, filepath.Join(dir, ranFile)))
		}
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return base, changed
}
