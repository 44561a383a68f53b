package topology

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// A NodeConfig has the keys that a lab file may give a node, or that nodes may
// inherit. The zero NodeConfig gives none.
type NodeConfig struct {
	// Kind is the node's kind.
	Kind rtnl.Opt[NodeKind]
	// Group is the group that the node inherits from; "" is none, or an
	// inherited one.
	Group string
	// Count is the number of nodes to make, 1 to 100,000, each with its number
	// after the name; 0 makes one node without a number. It must be 0 in what
	// nodes inherit.
	Count int
	// IPv6 is the mode of the node's interfaces.
	IPv6 rtnl.Opt[IPv6Mode]
	// Bridge is the bridge device of a node of kind Switch. For several
	// devices, set Bridges instead, by name.
	Bridge  BridgeConfig
	Bridges []BridgeConfig
	// Interfaces are the node's interfaces that are not ends of links.
	Interfaces []InterfaceConfig
	// Sysctls are settings below net., named as in sysctl(8).
	Sysctls map[string]string
	// Routes are written like the arguments of "ip route add".
	Routes []string
	// Addresses are the loopback interface's, with prefix lengths.
	Addresses []string
	// DNS are addresses of name servers for the node's resolv.conf. Nil
	// inherits; an empty list that is not nil means none.
	DNS []string
	// Exec are command lines that sh -c runs in the node once the lab's network
	// is up.
	Exec []string
	// Env are environment variables of programs in the node.
	Env map[string]string
	// Binds are files and directories of the machine that programs in the node
	// see elsewhere, each SOURCE:TARGET or SOURCE:TARGET:ro.
	Binds []string
	// Cmd is a program, with its arguments, that runs in the node while the lab
	// is up, and Processes are more of them.
	Cmd       []string
	Processes []ProcessConfig
	// StopConfig is of Cmd, and of those Processes that have none.
	StopConfig
	// ReadyConfig is of the node.
	ReadyConfig
	// LimitsConfig is of the node.
	LimitsConfig
	// Tmpfs are directories of the node's own, with their options.
	Tmpfs map[string]string
	// Files are files of the node's own.
	Files []FileConfig
	// Overlays are directories of the machine over which the node has a writable
	// layer of its own.
	Overlays []string
	// EnvFiles are paths of files with environment variables.
	EnvFiles []string
	// StartupConfig is the path of the configuration of a node of kind FRR or
	// BIRD, or its text, if it has several lines.
	StartupConfig string
	// FRRDaemons are those that run besides zebra and staticd, each with its
	// options. Nil means those that StartupConfig uses.
	FRRDaemons []string
	// User is USER or USER:GROUP that programs run as, WorkingDir the directory
	// that they start in, and Hostname the host name that they see.
	User, WorkingDir, Hostname string
}

// A BridgeConfig has the keys that a lab file may give a bridge device. The
// zero BridgeConfig gives none.
type BridgeConfig struct {
	// Name is the device's name, "" for br0.
	Name string
	// MAC is six bytes such as 02:00:00:00:00:01, "" for a planned address.
	MAC string
	// MTU is in bytes, 68 to 65,535; 0 leaves it to the kernel.
	MTU uint32
	// Addresses are the device's own addresses, with prefix lengths.
	Addresses []string
	// Options may contain those of docs/lab-file.md; File fails if others are
	// set.
	Options rtnl.Bridge
}

// A LinkConfig has the keys that a lab file may give a link, besides its ends.
// The zero LinkConfig gives none. In arrays of two, the left end comes first.
type LinkConfig struct {
	// IPv4 and IPv6 are the ends' addresses, with prefix lengths.
	IPv4, IPv6 [2][]string
	// Mode is the IPv6 mode of both ends. It must not be set together with
	// addresses in IPv6.
	Mode rtnl.Opt[IPv6Mode]
	// MAC are the ends' addresses, six bytes such as 02:00:00:00:00:01, "" for
	// a planned one.
	MAC [2]string
	// MTU is in bytes, 68 to 65,535, at least MinIPv6MTU with IPv6; 0 leaves it
	// to the kernel.
	MTU uint32
	// Queues is the number of transmit and of receive queues of each end, 1 to
	// 4,096; 0 means 1.
	Queues uint32
	// Port has the options of ends that are ports of bridges. They may be those
	// of docs/lab-file.md; File fails if others are set.
	Port [2]bridge.PortOptions
	// VLAN has the VLANs of ends that are ports of bridges.
	VLAN [2]VLAN
	// Impair are the impairments of what the ends send.
	Impair [2]ImpairConfig
	// Subnets give addresses to ends without one of their family: at most one
	// subnet for IPv4 and one for IPv6.
	Subnets []Subnet
}

// A Subnet gives out addresses in the order of the links. Links with the same
// Subnet share it.
type Subnet struct {
	// Prefix contains the addresses or, for a pool, the prefixes of the links.
	Prefix string
	// Each is the length of the prefix that each link gets from the pool; 0 if
	// Prefix is not a pool.
	Each int
}

// config returns the file's entries for a NodeConfig. Errors call the thing of.
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
	if devices := b.interfaces(of, c.Interfaces); len(devices) > 0 {
		e.add("interfaces", devices.mapping())
	}
	e.settings("sysctls", c.Sysctls)
	e.texts("routes", c.Routes)
	e.texts("addresses", c.Addresses)
	e.texts("dns", c.DNS)
	e.texts("exec", c.Exec)
	e.settings("env", c.Env)
	e.texts("binds", c.Binds)
	e.texts("cmd", c.Cmd)
	if procs := processConfigs(c.Processes); len(procs) > 0 {
		e.add("processes", procs.mapping())
	}
	c.StopConfig.add(&e)
	c.ReadyConfig.add(&e)
	c.LimitsConfig.add(&e)
	e.settings("tmpfs", c.Tmpfs)
	e.texts("overlay", c.Overlays)
	if all := files(c.Files); len(all) > 0 {
		e.add("files", all.mapping())
	}
	e.texts("env-files", c.EnvFiles)
	e.text("startup-config", c.StartupConfig)
	if c.FRRDaemons != nil {
		e.add("extras", entries{{"frr", entries{{"daemons", list(c.FRRDaemons...)}}.mapping()}}.mapping())
	}
	e.text("user", c.User)
	e.text("working_dir", c.WorkingDir)
	e.text("hostname", c.Hostname)
	return e
}

// bridge returns the file's entries for a BridgeConfig in a section.
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
	options, known := configKind(&c.Options, &rtnl.Bridge{}, sections()[section], nil)
	if !known {
		b.fail("%s: a bridge has options that a lab file has no keys for", of)
	}
	return append(e, options...)
}

// link returns the file's entries for a LinkConfig.
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
	var ports [2]entries
	for i := range c.Port {
		var known bool
		if ports[i], known = configPort(&c.Port[i]); !known {
			b.fail("%s: a port has options that a lab file has no keys for", of)
		}
	}
	e.ends("port", ports[0], ports[1])
	e.ends("vlan", c.VLAN[0].entries(), c.VLAN[1].entries())
	e.ends("impair", c.Impair[0].entries(), c.Impair[1].entries())
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

// word returns the file's word for a mode.
func (m IPv6Mode) word() string {
	if int(m) >= len(modeWords) {
		return fmt.Sprint(int(m)) // which Parse refuses
	}
	return modeWords[m]
}

// word returns the file's word for a mode.
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

// entries are the entries of a YAML mapping, as YAML text.
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

// ends adds what each end of a link has, unless that is nothing.
func (e *entries) ends(key string, left, right entries) {
	if len(left)+len(right) == 0 {
		return
	}
	texts := [2]string{`""`, `""`}
	for i, end := range [2]entries{left, right} {
		if len(end) > 0 {
			texts[i] = end.mapping()
		}
	}
	e.add(key, "["+texts[0]+", "+texts[1]+"]")
}

// mapping returns the entries as a mapping in braces.
func (e entries) mapping() string {
	all := make([]string, len(e))
	for i := range e {
		all[i] = e[i].key + ": " + e[i].value
	}
	return "{" + strings.Join(all, ", ") + "}"
}

// list returns texts as a list in brackets.
func list(texts ...string) string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = scalar(s)
	}
	return "[" + strings.Join(all, ", ") + "]"
}
