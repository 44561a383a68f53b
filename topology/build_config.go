package topology

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// A NodeConfig says of a node, or of what nodes inherit, what a lab file can say. The zero NodeConfig says nothing.
type NodeConfig struct {
	// Kind is what the node is.
	Kind rtnl.Opt[NodeKind]
	// Group is the group that it inherits from, "" for none or an inherited one.
	Group string
	// Count makes so many nodes, 1 to 100,000, with their numbers behind the name; 0 makes one without a number.
	// Only nodes have it.
	Count int
	// IPv6 says whether its interfaces have IPv6.
	IPv6 rtnl.Opt[IPv6Mode]
	// Bridge is the bridge device of a node of kind Switch, or its Bridges are by their names.
	Bridge  BridgeConfig
	Bridges []BridgeConfig
	// Interfaces are those without a far end.
	Interfaces []InterfaceConfig
	// Sysctls are settings below net., as sysctl(8) writes them.
	Sysctls map[string]string
	// Routes are each what follows "ip route add".
	Routes []string
	// Addresses are those of the loopback interface, with prefix lengths.
	Addresses []string
	// DNS are addresses of servers for its resolv.conf. An empty list that is not nil is for none, whatever is inherited.
	DNS []string
	// Exec are command lines that sh -c runs once the lab's network is up.
	Exec []string
	// Env are environment variables of what runs in it.
	Env map[string]string
}

// A BridgeConfig says of a bridge device what a lab file can say. The zero BridgeConfig says nothing.
type BridgeConfig struct {
	// Name is the device's, "" for br0.
	Name string
	// MAC is six bytes such as 02:00:00:00:00:01, "" for one that is chosen.
	MAC string
	// MTU is in bytes, 68 to 65,535, 0 for the kernel's choice.
	MTU uint32
	// Addresses are the device's own, with prefix lengths.
	Addresses []string
	// Options are those that docs/lab-file.md has; with others File fails.
	Options rtnl.Bridge
}

// A LinkConfig says of a link, apart from its ends, what a lab file can say. The zero LinkConfig says nothing. What is there
// twice is of the left and of the right end.
type LinkConfig struct {
	// IPv4 and IPv6 are addresses with prefix lengths.
	IPv4, IPv6 [2][]string
	// Mode says whether the ends have IPv6. It goes with no addresses in IPv6.
	Mode rtnl.Opt[IPv6Mode]
	// MAC are six bytes such as 02:00:00:00:00:01 each, "" for one that is chosen.
	MAC [2]string
	// MTU is in bytes, 68 to 65,535, and at least MinIPv6MTU with IPv6; 0 for the kernel's choice.
	MTU uint32
	// Queues is the number of transmit and of receive queues, 1 to 4,096, 0 for 1.
	Queues uint32
	// Subnets give addresses to ends that have none: at most one of IPv4 and one of IPv6.
	Subnets []Subnet
}

// A Subnet gives out addresses in the order of the links. Links that name the same one share it.
type Subnet struct {
	// Prefix has the addresses, or is the pool that has the prefixes.
	Prefix string
	// Each is the length of the prefix that each link gets for itself from the pool; 0 is for no pool.
	Each int
}

// config is what the file says for a NodeConfig. Of names the thing in errors.
func (b *Builder) config(of string, c *NodeConfig) entries {
	var e entries
	if kind, ok := c.Kind.Get(); ok {
		e.add("kind", b.kind(of, kind))
	}
	e.text("group", c.Group)
	if c.Count != 0 {
		e.add("count", strconv.Itoa(c.Count))
	}
	if mode, ok := c.IPv6.Get(); ok {
		e.add("ipv6", mode.word())
	}
	if device := b.bridge(of, &c.Bridge, secBridge); len(device) > 0 {
		e.add("bridge", device.mapping())
	}
	var devices entries
	for i := range c.Bridges {
		devices.add(scalar(c.Bridges[i].Name), b.bridge(of, &c.Bridges[i], secOneOf).mapping())
	}
	if len(devices) > 0 {
		e.add("bridges", devices.mapping())
	}
	if devices := interfaces(c.Interfaces); len(devices) > 0 {
		e.add("interfaces", devices.mapping())
	}
	e.settings("sysctls", c.Sysctls)
	e.texts("routes", c.Routes)
	e.texts("addresses", c.Addresses)
	e.texts("dns", c.DNS)
	e.texts("exec", c.Exec)
	e.settings("env", c.Env)
	return e
}

// bridge is what the file says for a BridgeConfig in a section.
func (b *Builder) bridge(of string, c *BridgeConfig, section string) entries {
	var e entries
	if section == secBridge {
		e.text("name", c.Name)
	}
	e.text("mac", c.MAC)
	if c.MTU != 0 {
		e.add("mtu", strconv.Itoa(int(c.MTU)))
	}
	e.texts("addresses", c.Addresses)
	var said rtnl.Bridge
	for _, k := range sections()[section] {
		if k.option == nil {
			continue
		}
		if v, ok := k.option(&c.Options).get(); ok {
			k.option(&said).set(v)
			e.add(k.name, optionText(k.typ, v))
		}
	}
	if !reflect.DeepEqual(said, c.Options) {
		b.fail("%s: a bridge has options that a lab file has no keys for", of)
	}
	return e
}

// optionText is the value of an option of a bridge: see number.
func optionText(typ valueType, v int64) string {
	switch {
	case typ == typeDuration:
		return scalar(time.Duration(v).String())
	case typ == typeBool && v == 0:
		return "false"
	case typ == typeBool && v == 1:
		return "true"
	}
	return strconv.FormatInt(v, 10)
}

// link is what the file says for a LinkConfig.
func (b *Builder) link(of string, c *LinkConfig) entries {
	var e entries
	perEnd := func(key string, ends [2][]string) {
		if len(ends[0])+len(ends[1]) > 0 {
			e.add(key, "["+list(ends[0]...)+", "+list(ends[1]...)+"]")
		}
	}
	perEnd("ipv4", c.IPv4)
	perEnd("ipv6", c.IPv6)
	if mode, ok := c.Mode.Get(); ok {
		if len(c.IPv6[0])+len(c.IPv6[1]) > 0 {
			b.fail("%s: it has IPv6 addresses and an IPv6 mode; a lab file says one of them", of)
		}
		e.add("ipv6", mode.word())
	}
	if c.MAC != [2]string{} {
		e.add("mac", list(c.MAC[:]...))
	}
	if c.MTU != 0 {
		e.add("mtu", strconv.Itoa(int(c.MTU)))
	}
	if c.Queues != 0 {
		e.add("queues", strconv.Itoa(int(c.Queues)))
	}
	var subnets []string
	for _, s := range c.Subnets {
		text := scalar(s.Prefix)
		if s.Each != 0 {
			text = entries{{"pool", text}, {"each", strconv.Itoa(s.Each)}}.mapping()
		}
		subnets = append(subnets, text)
	}
	switch len(subnets) {
	case 0:
	case 1:
		e.add("subnet", subnets[0])
	default:
		e.add("subnet", "["+strings.Join(subnets, ", ")+"]")
	}
	return e
}

// word is what the file has for a mode.
func (m IPv6Mode) word() string {
	if int(m) >= len(modeWords) {
		return fmt.Sprint(int(m)) // which Parse refuses
	}
	return modeWords[m]
}

// word is what the file has for a mode.
func (m HostsMode) word() string {
	switch m {
	case HostsOn:
		return "true"
	case HostsOff:
		return "false"
	case HostsEtc:
		return "etc"
	}
	return fmt.Sprint(int(m)) // which Parse refuses
}

// entries are those of a mapping of YAML, as they stand there.
type entries []struct{ key, value string }

func (e *entries) add(key, value string) {
	*e = append(*e, struct{ key, value string }{key, value})
}

func (e *entries) text(key, s string) {
	if s != "" {
		e.add(key, scalar(s))
	}
}

func (e *entries) texts(key string, s []string) {
	if s != nil {
		e.add(key, list(s...))
	}
}

func (e *entries) settings(key string, m map[string]string) {
	var all entries
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all.add(scalar(name), scalar(m[name]))
	}
	if len(all) > 0 {
		e.add(key, all.mapping())
	}
}

// mapping is the entries in braces.
func (e entries) mapping() string {
	all := make([]string, len(e))
	for i := range e {
		all[i] = e[i].key + ": " + e[i].value
	}
	return "{" + strings.Join(all, ", ") + "}"
}

// list is texts in brackets.
func list(texts ...string) string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = scalar(s)
	}
	return "[" + strings.Join(all, ", ") + "]"
}
