package builders

import (
	"bytes"
	"context"
	"fmt"

	"github.com/nslab/nslab/bench/topo"
)

// bash is a script of ip commands, as in a thousand tutorials.
func bash(ctx context.Context, _ Tools) (Builder, error) {
	b := Builder{
		Name: "bash",
		Up: func(dir string, t *topo.Topo) ([]string, error) {
			file, err := write(dir, "up.sh", bashScript(t))
			return []string{"bash", "-e", file}, err
		},
		Down: func(dir string, t *topo.Topo) ([]string, error) {
			var s bytes.Buffer
			for i := range t.Nodes {
				fmt.Fprintf(&s, "ip netns del %s\n", t.Namespace(i))
			}
			file, err := write(dir, "down.sh", s.Bytes())
			return []string{"bash", "-e", file}, err
		},
	}
	var err error
	b.Version, err = output(ctx, "ip", "-V")
	return b, err
}

// batch gives ip as much as possible at once: all namespaces and links in one
// batch, and the commands inside each namespace in another.
func batch(ctx context.Context, _ Tools) (Builder, error) {
	b := Builder{
		Name: "ip -batch",
		Up: func(dir string, t *topo.Topo) ([]string, error) {
			all, script := batchScripts(t)
			first, err := write(dir, "all.batch", all)
			if err != nil {
				return nil, err
			}
			file, err := write(dir, "batch.sh", script)
			return []string{"bash", "-e", file, first}, err
		},
		Down: func(dir string, t *topo.Topo) ([]string, error) {
			var s bytes.Buffer
			for i := range t.Nodes {
				fmt.Fprintf(&s, "netns del %s\n", t.Namespace(i))
			}
			file, err := write(dir, "down.batch", s.Bytes())
			return []string{"ip", "-batch", file}, err
		},
	}
	var err error
	b.Version, err = output(ctx, "ip", "-V")
	return b, err
}

const bridgeLine = "link add %s address %s type bridge forward_delay 0 stp_state 0\n"

// addLink returns one line for both ends. If the lab has one queue each way,
// this avoids the kernel's waiting for RCU here too.
func addLink(t *topo.Topo, l *topo.Link) string {
	queues := "numtxqueues 1 numrxqueues 1"
	if t.Queues > 0 {
		queues = ""
	}
	a, b := &l[0], &l[1]
	return fmt.Sprintf("link add %s netns %s address %s %s type veth peer name %s netns %s address %s %s\n",
		a.Iface, t.Namespace(a.Node), a.MAC, queues, b.Iface, t.Namespace(b.Node), b.MAC, queues)
}

// endLines returns the commands for an existing end. Each line is for ip -n
// NODE.
func endLines(t *topo.Topo, e *topo.End) []string {
	var lines []string
	if t.Nodes[e.Node].Role == topo.Hub {
		lines = append(lines, fmt.Sprintf("link set %s master %s\n", e.Iface, topo.Bridge))
	}
	if !t.IPv6 {
		lines = append(lines, fmt.Sprintf("link set %s addrgenmode none\n", e.Iface))
	}
	lines = append(lines, fmt.Sprintf("link set %s up\n", e.Iface))
	if e.Addr.IsValid() {
		lines = append(lines, fmt.Sprintf("addr add %s dev %s\n", e.Addr, e.Iface))
	}
	return lines
}

// nodeLines returns the commands for a node's own devices.
func nodeLines(t *topo.Topo, node int) []string {
	lines := []string{"link set lo up\n"}
	if t.Nodes[node].Role == topo.Hub {
		lines = append(lines, fmt.Sprintf(bridgeLine, topo.Bridge, t.MAC(node, topo.Bridge)))
		if !t.IPv6 {
			lines = append(lines, "link set "+topo.Bridge+" addrgenmode none\n")
		}
		lines = append(lines, "link set "+topo.Bridge+" up\n")
	}
	return lines
}

func forwarding(s *bytes.Buffer, t *topo.Topo, node int) {
	if t.Nodes[node].Role == topo.Router {
		fmt.Fprintf(s, "ip netns exec %s sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1\n", t.Namespace(node))
	}
}

func bashScript(t *topo.Topo) []byte {
	var s bytes.Buffer
	for i := range t.Nodes {
		fmt.Fprintf(&s, "ip netns add %s\n", t.Namespace(i))
		for _, line := range nodeLines(t, i) {
			fmt.Fprintf(&s, "ip -n %s %s", t.Namespace(i), line)
		}
		forwarding(&s, t, i)
	}
	for i := range t.Links {
		s.WriteString("ip " + addLink(t, &t.Links[i]))
		for e := range t.Links[i] {
			end := &t.Links[i][e]
			for _, line := range endLines(t, end) {
				fmt.Fprintf(&s, "ip -n %s %s", t.Namespace(end.Node), line)
			}
		}
	}
	return s.Bytes()
}

func batchScripts(t *topo.Topo) (all, script []byte) {
	var one, s bytes.Buffer
	lines := make([][]string, len(t.Nodes))
	for i := range t.Nodes {
		fmt.Fprintf(&one, "netns add %s\n", t.Namespace(i))
		lines[i] = nodeLines(t, i)
	}
	for i := range t.Links {
		one.WriteString(addLink(t, &t.Links[i]))
		for e := range t.Links[i] {
			end := &t.Links[i][e]
			lines[end.Node] = append(lines[end.Node], endLines(t, end)...)
		}
	}
	s.WriteString("ip -batch \"$1\"\n")
	for i := range t.Nodes {
		fmt.Fprintf(&s, "ip -n %s -batch - <<'END'\n", t.Namespace(i))
		for _, line := range lines[i] {
			s.WriteString(line)
		}
		s.WriteString("END\n")
		forwarding(&s, t, i)
	}
	return one.Bytes(), s.Bytes()
}
