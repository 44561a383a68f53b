package plan

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// net.ipv6.conf.IF.mtu is an interface's own MTU again whenever that is set,
// and once the interface is ready: up, and with a carrier (addrconf_notify in
// net/ipv6/addrconf.c). So it is written last.

func isIPv6MTU(key string) bool {
	return strings.HasPrefix(key, "net.ipv6.conf.") && strings.HasSuffix(key, ".mtu")
}

func ipv6MTUKey(l *live.Link) string {
	return "net.ipv6.conf." + sysctl.Part(l.Name) + ".mtu"
}

// ipv6MTUFollows notes that the kernel makes the IPv6 MTU of a link that of the
// link, and returns what sets the one that it had, for undoing.
func (p *planner) ipv6MTUFollows(node string, l *live.Link) []engine.Op {
	key, settings := ipv6MTUKey(l), p.w.Nodes[node].Sysctls
	have, now := settings[key], strconv.FormatUint(uint64(l.MTU), 10)
	if have == "" || l.IsNew {
		return nil
	}
	settings[key] = now
	if have == now {
		return nil
	}
	return []engine.Op{{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: have}}}
}

// setReady sets a setting of a link when that is ready.
type setReady struct {
	engine.SysctlSet
	name  string
	index uint32
}

// readyTime is how long to wait for that. On Linux before 6.8 the carrier of a
// bridge may take a second to be noticed (net/core/link_watch.c).
const readyTime = 3 * time.Second

// Do implements engine.Action.
func (a *setReady) Do(ctx context.Context, e *engine.Engine, node string) error {
	c, err := e.Conn(node)
	if err != nil {
		return err
	}
	deadline := time.NewTimer(readyTime)
	defer deadline.Stop()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		l, err := c.Link(ctx, rtnl.LinkIndex(a.index))
		if err != nil {
			return err
		}
		if l.Flags&unix.IFF_RUNNING != 0 || l.Flags&unix.IFF_UP == 0 {
			return a.SysctlSet.Do(ctx, e, node)
		}
		select {
		case <-time.After(wait):
		case <-deadline.C:
			return a.SysctlSet.Do(ctx, e, node) // no carrier
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// set is the operation that sets a setting: the IPv6 MTU of a link when that is
// ready. A bridge that makes its ports wait, or has none, is not waited for.
func (p *planner) set(node string, want sysctl.Setting) engine.Action {
	set := engine.SysctlSet{Key: want.Key, Value: want.Value}
	if !isIPv6MTU(want.Key) {
		return &set
	}
	l := p.w.Nodes[node].Links[sysctl.Interface(want.Key)]
	if l == nil || l.Index == live.LoopbackIndex {
		return &set
	}
	if all, _ := p.portMTUs(node, l.Name); l.Kind == "bridge" && (len(all) == 0 || p.delays(node, l.Name)) {
		return &set
	}
	return &setReady{set, l.Name, l.Index}
}

// delays reports whether by the file the ports of a bridge wait before they
// forward.
func (p *planner) delays(node, bridge string) bool {
	for _, b := range p.t.Node(node).Bridges {
		if b.Name == bridge {
			return b.Options.STPState.Or(0) != 0 || b.Options.ForwardDelay.Or(0) != 0
		}
	}
	return false
}
