package topology

import (
	"errors"
	"fmt"

	"github.com/nslab/nslab/rtnl"
)

// A Builder makes a lab file from Go calls. Its methods return the Builder, so
// that calls can be chained; File and Topology report mistakes.
//
// Texts are as in a lab file: they may contain the variables ${LAB}, ${NODE}
// and ${INDEX}, and INDEX with a number, as in ${INDEX+64511}.
type Builder struct {
	top      entries // name, prefix, ipv6, hosts
	defaults entries
	kinds    entries
	groups   entries
	nodes    entries
	links    []string
	name     string
	errs     []error
}

// New begins a lab. Its name has 1 to 32 of the characters a-z, 0-9 and "-",
// and does not begin with "-".
func New(name string) *Builder {
	b := &Builder{name: name}
	b.top.add("name", scalar(name))
	return b
}

// Prefix sets the text before each node's name in /run/netns, which may be "".
// The default is the lab's name and "-".
func (b *Builder) Prefix(prefix string) *Builder {
	b.top.add("prefix", scalar(prefix))
	return b
}

// IPv6 sets the mode for interfaces whose node and link do not set one. The
// default is IPv6Auto.
func (b *Builder) IPv6(mode IPv6Mode) *Builder {
	b.top.add("ipv6", mode.word())
	return b
}

// Hosts sets how nodes learn each other's names. The default is HostsOn.
func (b *Builder) Hosts(mode HostsMode) *Builder {
	b.top.add("hosts", mode.word())
	return b
}

// Defaults sets what all nodes inherit.
func (b *Builder) Defaults(c NodeConfig) *Builder {
	b.defaults.add("nodes", b.config("defaults", &c).mapping())
	return b
}

// LinkDefaults sets what all links inherit. Only MTU, Queues and Mode of c may
// be set.
func (b *Builder) LinkDefaults(c LinkConfig) *Builder {
	b.defaults.add("links", b.link("defaults", &c).mapping())
	return b
}

// Kind sets what the nodes of a kind inherit.
func (b *Builder) Kind(kind NodeKind, c NodeConfig) *Builder {
	of := "kind " + kind.String()
	b.kinds.add(b.kind(of, kind), b.config(of, &c).mapping())
	return b
}

// Group adds a group, with what the nodes in it inherit.
func (b *Builder) Group(name string, c NodeConfig) *Builder {
	b.groups.add(scalar(name), b.config("group "+name, &c).mapping())
	return b
}

// Host adds a node that does not forward packets. At most one NodeConfig may
// follow.
func (b *Builder) Host(name string, config ...NodeConfig) *Builder {
	return b.node(name, rtnl.Some(Host), config)
}

// Router adds a node that forwards IPv4 and IPv6. At most one NodeConfig may
// follow.
func (b *Builder) Router(name string, config ...NodeConfig) *Builder {
	return b.node(name, rtnl.Some(Router), config)
}

// Bridge adds a node with the bridge device br0, or with those of its
// NodeConfig. At most one NodeConfig may follow.
func (b *Builder) Bridge(name string, config ...NodeConfig) *Builder {
	return b.node(name, rtnl.Some(Switch), config)
}

// Node adds a node whose kind is that of its NodeConfig, else that of its
// group, else that of Defaults, else Host. At most one NodeConfig may follow.
func (b *Builder) Node(name string, config ...NodeConfig) *Builder {
	return b.node(name, rtnl.Opt[NodeKind]{}, config)
}

func (b *Builder) node(name string, kind rtnl.Opt[NodeKind], config []NodeConfig) *Builder {
	var c NodeConfig
	switch {
	case len(config) > 1:
		b.fail("node %q: it has %d configurations; at most one is allowed", name, len(config))
	case len(config) == 1:
		c = config[0]
	}
	if kind.IsSet() {
		if c.Kind.IsSet() && c.Kind != kind {
			b.fail("node %q: it is added as a %s, and its configuration says %s", name, kind.Or(Host), c.Kind.Or(Host))
		}
		c.Kind = kind
	}
	b.nodes.add(scalar(name), b.config(fmt.Sprintf("node %q", name), &c).mapping())
	return b
}

// Link joins two ends with a veth pair. An end is NODE:IFACE, or NODE alone
// (NODE/BRIDGE if the node has several bridges) for a generated name: a bridge
// port is named after the other end, an interface of another node is its next
// free ethN. One end may be a pattern such as "h*:eth0", which makes a link for
// each matching node. The node at the other end may follow the match, as in
// "r${INDEX}:lan" or "r${MATCH}:lan". At most one LinkConfig may follow.
func (b *Builder) Link(left, right string, config ...LinkConfig) *Builder {
	ends := fmt.Sprintf("%q and %q", left, right)
	var c LinkConfig
	switch {
	case len(config) > 1:
		b.fail("link of %s: it has %d configurations; at most one is allowed", ends, len(config))
	case len(config) == 1:
		c = config[0]
	}
	e := entries{{"endpoints", list(left, right)}}
	b.links = append(b.links, append(e, b.link("link of "+ends, &c)...).mapping())
	return b
}

// kind returns the file's word for a kind.
func (b *Builder) kind(of string, kind NodeKind) string {
	if int(kind) >= len(kindWords) {
		b.fail("%s: no kind of node has the number %d", of, kind)
	}
	return kind.String()
}

func (b *Builder) fail(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf("lab %q: "+format, append([]any{b.name}, args...)...))
}

// File returns the lab file. It fails if a lab file cannot express what the
// calls asked for.
func (b *Builder) File() ([]byte, error) {
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	var out []byte
	for _, e := range b.top {
		out = fmt.Appendf(out, "%s: %s\n", e.key, e.value)
	}
	for _, section := range []struct {
		name string
		of   entries
	}{{"defaults", b.defaults}, {"kinds", b.kinds}, {"groups", b.groups}, {"nodes", b.nodes}} {
		if len(section.of) > 0 {
			out = fmt.Appendf(out, "%s:\n", section.name)
		}
		for _, e := range section.of {
			out = fmt.Appendf(out, "  %s: %s\n", e.key, e.value)
		}
	}
	if len(b.links) > 0 {
		out = append(out, "links:\n"...)
	}
	for _, l := range b.links {
		out = fmt.Appendf(out, "  - %s\n", l)
	}
	return out, nil
}

// Topology parses the result of File, which becomes the Topology's Source. The
// error is File's, or of type Errors, with places in File's result, as from
// Parse.
func (b *Builder) Topology() (*Topology, error) {
	file, err := b.File()
	if err != nil {
		return nil, err
	}
	return Parse(b.name+" (built in Go)", file, nil)
}
