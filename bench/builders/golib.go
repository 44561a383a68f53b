package builders

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/nslab/nslab/bench/topo"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// goLib is a Go library, which this program uses in a separate process.
func goLib(name, module string, tools Tools) (Builder, error) {
	command := func(verb string) func(string, *topo.Topo) ([]string, error) {
		return func(_ string, t *topo.Topo) ([]string, error) {
			return []string{tools.Self, "peer", name, verb, t.ID, fmt.Sprint(t.N)}, nil
		}
	}
	b := Builder{Name: name, Up: command("up"), Down: command("down")}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b, fmt.Errorf("this program has no build information")
	}
	for _, m := range info.Deps {
		if m.Path == module {
			b.Version = m.Version
			return b, nil
		}
	}
	return b, fmt.Errorf("this program has no module %s", module)
}

func vishvananda(_ context.Context, tools Tools) (Builder, error) {
	b, err := goLib("vishvananda", "github.com/vishvananda/netlink", tools)
	b.Missing = []string{"forward_delay"}
	return b, err
}

func jsimonetti(_ context.Context, tools Tools) (Builder, error) {
	b, err := goLib("jsimonetti", "github.com/jsimonetti/rtnetlink/v2", tools)
	b.Missing = []string{"num_tx_queues", "num_rx_queues"}
	return b, err
}

// Peer runs the process of a Go library: NAME up|down TOPOLOGY N.
func Peer(library, verb string, t *topo.Topo) error {
	if verb == "down" {
		for i := range t.Nodes {
			if err := netns.DeleteNamed(t.Namespace(i)); err != nil {
				return fmt.Errorf("delete %s: %w", t.Namespace(i), err)
			}
		}
		return nil
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	switch library {
	case "vishvananda":
		return buildVishvananda(t)
	case "jsimonetti":
		return buildJsimonetti(t)
	}
	return fmt.Errorf("no library %q", library)
}

// namespaces makes all namespaces, with vishvananda/netns, because
// jsimonetti/rtnetlink has no functions for them. In each it calls a function
// on the same thread.
func namespaces(t *topo.Topo, inside func(node int) error) ([]netns.NsHandle, error) {
	runtime.LockOSThread() // for good: the thread ends in another namespace
	first, err := netns.Get()
	if err != nil {
		return nil, err
	}
	defer first.Close()
	var all []netns.NsHandle
	for i := range t.Nodes {
		h, err := netns.NewNamed(t.Namespace(i))
		if err != nil {
			return nil, fmt.Errorf("add %s: %w", t.Namespace(i), err)
		}
		all = append(all, h)
		if t.Nodes[i].Role == topo.Router {
			for _, name := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
				if err := os.WriteFile("/proc/sys/net/"+name, []byte("1"), 0); err != nil {
					return nil, err
				}
			}
		}
		if err := inside(i); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Namespace(i), err)
		}
	}
	return all, netns.Set(first)
}
