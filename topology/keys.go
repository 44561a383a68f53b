package topology

import (
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// valueType is the type of a key's value. fields.go checks it, and schema.go
// describes it to editors.
type valueType uint8

const (
	// typeString is a single value, which matches the key's pattern, if there
	// is one.
	typeString valueType = iota
	// typeBool is true or false, also written on or off.
	typeBool
	// typeInteger is a decimal number from min to max.
	typeInteger
	// typeDuration is a time with a unit, from min to max nanoseconds.
	typeDuration
	// typeEnum is one of the words.
	typeEnum
	// typeStrings is a list of single values.
	typeStrings
	// typeSettings is a mapping of names to single values.
	typeSettings
	// typeSection is a mapping with the keys of a section.
	typeSection
	// typeNamed is a mapping of names to mappings with the keys of a section.
	typeNamed
	// typeList is a list of mappings with the keys of a section.
	typeList
	// typeEndpoints is a list of two endpoints.
	typeEndpoints
	// typeAtEnd is what typePerEnd has for one end: a value or a list of
	// values.
	typeAtEnd
	// typePerEnd is a list of two entries, each a value, a list of values, or
	// "".
	typePerEnd
	// typePerEndOrMode is one of the words, or a typePerEnd.
	typePerEndOrMode
	// typeBothOrPerEnd is a mapping with the keys of a section for both ends, or
	// a list of two.
	typeBothOrPerEnd
	// typeSubnet is a prefix or a pool, or a list with one for each family.
	typeSubnet
	// typeCommand is a text, or a list of words.
	typeCommand
	// typeLater is a key that is reserved for what doc says.
	typeLater
)

// A key is a key of a lab file. The tables below drive the parser, the JSON
// Schema and the test of docs/lab-file.md.
type key struct {
	name string
	typ  valueType
	doc  string
	// of is the section, for typeSection, typeNamed and typeList, and for a
	// typePerEnd whose entries are mappings.
	of string
	// min and max bound typeInteger, and typeDuration in nanoseconds.
	min, max int64
	// words are the words of typeEnum and typePerEndOrMode. numbers are what they
	// stand for, for an option.
	words   []string
	numbers []uint32
	// pattern is for the schema; the parser's own checks are more precise.
	pattern string
	// option returns the one that the key sets among those of a bridge, or of an
	// interface of the kind that has the key. It is nil for other keys.
	option func(rtnl.Kind) option
	// port returns the option of a bridge's port that the key sets.
	port func(*bridge.PortOptions) option
	// required is what to write if an interface of the kind that has the key
	// lacks it, "" if it need not have it.
	required string
	// inherit means that defaults: may also have this key of a link.
	inherit bool
}

// Names of sections.
const (
	secLab       = "lab"
	secDefaults  = "defaults"
	secNode      = "node"
	secTemplate  = "template"
	secBridge    = "bridge"
	secOneOf     = "bridges"
	secLink      = "link"
	secLinkBase  = "linkDefaults"
	secPool      = "pool"
	secEnd       = "endpoint"
	secInterface = "interface"
	secFile      = "file"
	secExtras    = "extras"
	secFRR       = "frr"
)

// sectionWords are the names of sections in messages.
var sectionWords = map[string]string{
	secLab:       "a lab file",
	secDefaults:  "defaults",
	secNode:      "a node",
	secTemplate:  "defaults, kinds and groups",
	secBridge:    "a bridge",
	secOneOf:     "a bridge among several",
	secLink:      "a link",
	secLinkBase:  "links in defaults",
	secPool:      "a pool",
	secEnd:       "an endpoint",
	secInterface: "an interface",
	secFile:      "a file",
	secExtras:    "extras",
	secFRR:       "extras of kind frr",
	secPort:      "a port",
	secPortVLAN:  "vlan",
	secImpair:    "an impairment",

	secProcess:     "a process",
	secHealthcheck: "a healthcheck",
}

// sectionWord returns the name of a section in messages.
func sectionWord(section string) string {
	if kind, ok := strings.CutPrefix(section, secInterface+" "); ok {
		return "an interface of kind " + kind
	}
	return sectionWords[section]
}

var modeWords = []string{"auto", "on", "off"}

const ifacePattern = `^[^/:\s%]{1,15}$`

// sections are the keys by section; nothing changes them. A table of this size
// is made when it is first needed, not whenever the program starts.
var sections = sync.OnceValue(func() map[string][]key {
	lab := []key{
		{name: "name", typ: typeString, pattern: `^[a-z0-9][a-z0-9-]{0,31}$`,
			doc: "The lab's name: 1 to 32 of a-z, 0-9 and \"-\", not beginning with \"-\"."},
		{name: "prefix", typ: typeString, pattern: `^([A-Za-z0-9][A-Za-z0-9_.-]*)?$`,
			doc: "The text before each node's name in /run/netns. Default: the lab's name and \"-\"."},
		{name: "ipv6", typ: typeEnum, words: modeWords,
			doc: "Whether interfaces have IPv6: auto, those with an IPv6 address in the file; on, all; off, none. Default: auto."},
		{name: "hosts", typ: typeEnum, words: []string{"true", "false", "etc"},
			doc: "How nodes learn each other's names: true, programs in a node find them in /etc/hosts; etc, ip netns exec finds them too, in /etc/netns; false, not at all. Default: true."},
		{name: "defaults", typ: typeSection, of: secDefaults,
			doc: "Keys that all nodes and all links inherit."},
		{name: "kinds", typ: typeNamed, of: secTemplate,
			doc: "Keys that the nodes of a kind inherit, by kind."},
		{name: "groups", typ: typeNamed, of: secTemplate,
			doc: "Keys that the nodes of a group inherit, by the group's name."},
		{name: "nodes", typ: typeNamed, of: secNode,
			doc: "The nodes by name: each is a network namespace."},
		{name: "links", typ: typeList, of: secLink,
			doc: "The links: each is a veth pair."},
		{name: "checks", typ: typeLater, doc: "checks of a lab are not supported yet"},
		{name: "routing", typ: typeLater, doc: "generated routes are not supported yet; write routes: of the nodes"},
		{name: "topology", typ: typeLater, doc: "it is containerlab's, whose files need ParseOptions.Language; in a lab file write nodes: and links: at the top"},
		{name: "mgmt", typ: typeLater, doc: "containerlab's management network has no counterpart here"},
	}
	template := []key{
		{name: "kind", typ: typeString,
			doc: "What the node is: host (also written linux) forwards nothing, router forwards IPv4 and IPv6, bridge holds bridge devices, frr and bird are routers that run FRR and BIRD. Default: host."},
		{name: "group", typ: typeString,
			doc: "The group whose keys the node inherits."},
		{name: "ipv6", typ: typeEnum, words: modeWords,
			doc: "Whether the node's interfaces have IPv6, as in the lab's key."},
		{name: "bridge", typ: typeSection, of: secBridge,
			doc: "The bridge device of a node of kind bridge."},
		{name: "bridges", typ: typeNamed, of: secOneOf,
			doc: "Several bridge devices of a node of kind bridge, by their names."},
		{name: "interfaces", typ: typeNamed, of: secInterface,
			doc: "The node's interfaces without a far end, by their names."},
		{name: "sysctls", typ: typeSettings,
			doc: "Settings below net. of the node's namespace, as sysctl(8) writes them."},
		{name: "routes", typ: typeStrings,
			doc: "Routes, each written as after \"ip route add\"."},
		{name: "addresses", typ: typeStrings,
			doc: "Addresses of the node's loopback interface, with prefix lengths."},
		{name: "dns", typ: typeStrings,
			doc: "DNS servers for the node's /etc/resolv.conf. Default: those of /etc/netns/NAME, or of the machine."},
		{name: "exec", typ: typeStrings,
			doc: "Command lines that sh -c runs in the node once the lab's network is up."},
		{name: "env", typ: typeSettings,
			doc: "Environment variables for programs in the node."},
		{name: "binds", typ: typeStrings,
			doc: "Files and directories of the machine that programs in the node see elsewhere, each SOURCE:TARGET or SOURCE:TARGET:ro, as in containerlab. SOURCE is relative to the lab file."},
		{name: "tmpfs", typ: typeSettings,
			doc: "Directories that programs in the node see empty at first, and that are the node's own while the lab is up, with options such as \"mode=0755\", or \"\". Owner and mode are by default those of what is there."},
		{name: "files", typ: typeNamed, of: secFile,
			doc: "Files that programs in the node see, by their paths."},
		{name: "env-files", typ: typeStrings,
			doc: "Files with lines NAME=VALUE: environment variables for programs in the node, which env: overrides. Paths are relative to the lab file."},
		{name: "user", typ: typeString,
			doc: "USER or USER:GROUP that programs in the node run as. Default: who starts them."},
		{name: "working_dir", typ: typeString,
			doc: "The directory that programs in the node start in, an absolute path."},
		{name: "hostname", typ: typeString,
			doc: "The host name that programs in the node see. Default: NODE.LAB."},
		{name: "overlay", typ: typeStrings,
			doc: "Directories of the machine that programs in the node see with their contents, and can change for themselves: a layer that is the node's own while the lab is up."},
		{name: "startup-config", typ: typeString,
			doc: "Of a node of kind frr or bird: the path of its configuration, relative to the lab file, or its text if it has several lines. Both are templates."},
		{name: "extras", typ: typeSection, of: secExtras,
			doc: "More about what a node of kind frr runs."},
	}
	template = append(template, nodeProcessKeys()...)
	node := append([]key{
		{name: "count", typ: typeInteger, min: 1, max: 100_000,
			doc: "Creates that many nodes: h: {count: 3} stands for h1, h2 and h3."},
	}, template...)
	oneOf := bridgeKeys()
	bridge := append([]key{
		{name: "name", typ: typeString, pattern: ifacePattern,
			doc: "The device's name, at most 15 bytes. Default: br0."},
	}, oneOf...)
	link := []key{
		{name: "endpoints", typ: typeEndpoints,
			doc: "The two ends: NODE:IFACE, or NODE alone (NODE/BRIDGE with several) for a bridge port that nslab names; or containerlab's {node: NODE, interface: IFACE}. One may be a pattern of names, such as h*:eth0, for a link from each node that matches."},
		{name: "ipv4", typ: typePerEnd,
			doc: "IPv4 addresses with prefix lengths: an entry for each end, \"\" for none, a list for several."},
		{name: "ipv6", typ: typePerEndOrMode, words: modeWords, inherit: true,
			doc: "IPv6 addresses, written as under ipv4; or auto, on or off for both ends, as in the lab's key."},
		{name: "mac", typ: typePerEnd,
			doc: "MAC addresses: an entry for each end, \"\" to let nslab choose."},
		{name: "mtu", typ: typeInteger, min: 68, max: 65535, inherit: true,
			doc: "The MTU of both ends in bytes, at least 1280 with IPv6. Default: the kernel's, 1500."},
		{name: "queues", typ: typeInteger, min: 1, max: 4096, inherit: true,
			doc: "Transmit and receive queues of each end. Default: 1."},
		{name: "subnet", typ: typeSubnet,
			doc: "A prefix from which ends without an address get the next one in the order of the file; or {pool, each}: a pool from which each link gets a prefix of its own; or a list of one for IPv4 and one for IPv6."},
		{name: "port", typ: typePerEnd, of: secPort,
			doc: "Options of ends that are ports of bridges: an entry for each end, \"\" for none."},
		{name: "vlan", typ: typePerEnd, of: secPortVLAN,
			doc: "The VLANs that ends are in which are ports of bridges: an entry for each end, \"\" for none."},
		{name: "impair", typ: typeBothOrPerEnd, of: secImpair,
			doc: "How both ends impair what they send; or an entry for each end, \"\" for none."},
		{name: "type", typ: typeEnum, words: []string{"veth"},
			doc: "The link's type, as in containerlab: veth, which is the default."},
	}
	var inherited []key
	for _, k := range link {
		if k.inherit {
			inherited = append(inherited, k)
		}
	}
	for i := range inherited {
		if inherited[i].typ == typePerEndOrMode {
			inherited[i].typ = typeEnum
			inherited[i].doc = "Whether links have IPv6: auto, on or off."
		}
	}
	defaults := append([]key{
		{name: "nodes", typ: typeSection, of: secTemplate, doc: "Keys that all nodes inherit; they override those directly under defaults."},
		{name: "links", typ: typeSection, of: secLinkBase, doc: "Keys that all links inherit; they override those directly under defaults."},
	}, template...)
	for _, k := range inherited {
		if k.name != "ipv6" { // that of the nodes
			defaults = append(defaults, k)
		}
	}
	all := map[string][]key{
		secLab: lab, secDefaults: defaults, secNode: node, secTemplate: template,
		secBridge: bridge, secOneOf: oneOf, secLink: link, secLinkBase: inherited,
		secProcess: processKeys(), secHealthcheck: healthcheckKeys(), secFile: fileKeys(), secPort: portKeys(), secPortVLAN: portVLANKeys(), secImpair: impairKeys(),
		secExtras: {
			{name: "frr", typ: typeSection, of: secFRR, doc: "Of nodes of kind frr."},
		},
		secFRR: {
			{name: "daemons", typ: typeStrings,
				doc: "The daemons that run besides zebra and staticd, each with its options, if any. Default: those that startup-config uses."},
		},
		secEnd: {
			{name: "node", typ: typeString, doc: "The node, or NODE/BRIDGE, or a pattern."},
			{name: "interface", typ: typeString, doc: "The interface's name. It may be left out for the port of a bridge."},
			{name: "mac", typ: typeString, doc: "Its MAC address, instead of the link's mac."},
			{name: "ipv4", typ: typeAtEnd, doc: "Its IPv4 addresses, instead of the link's ipv4."},
			{name: "ipv6", typ: typeAtEnd, doc: "Its IPv6 addresses, instead of the link's ipv6."},
			{name: "port", typ: typeSection, of: secPort, doc: "Its options as a port of a bridge, instead of the link's port."},
			{name: "vlan", typ: typeSection, of: secPortVLAN, doc: "Its VLANs as a port of a bridge, instead of the link's vlan."},
			{name: "impair", typ: typeSection, of: secImpair, doc: "How it impairs what it sends, instead of the link's impair."},
		},
		secPool: {
			{name: "pool", typ: typeString, doc: "The prefix that contains the prefixes of all links."},
			{name: "each", typ: typeInteger, min: 1, max: 127, doc: "The prefix length of each link: 31 or 30 for IPv4, 127 for IPv6, or less."},
		},
	}
	interfaceSections(all)
	return all
})

// bridgeKeys are the options of a bridge device, named as in brctl(8) or else
// as in /sys/class/net/BRIDGE/bridge.
func bridgeKeys() []key {
	const maxTicks = int64(1<<32-1) * int64(10*time.Millisecond) // __u32 of USER_HZ
	return []key{
		{name: "mac", typ: typeString, doc: "The device's MAC address. Default: planned by nslab."},
		{name: "mtu", typ: typeInteger, min: 68, max: 65535,
			doc: "The device's MTU in bytes. Default: the kernel's, the smallest of its ports."},
		{name: "addresses", typ: typeStrings, doc: "The device's own addresses, with prefix lengths."},
		{name: "stp", typ: typeBool, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.STPState) }),
			doc: "Whether the bridge runs the spanning tree protocol. Default: false."},
		{name: "forward_delay", typ: typeDuration, max: maxTicks, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.ForwardDelay) }),
			doc: "How long a port listens, and then learns, before it forwards: 2s to 30s with stp. Default: 0s, with stp the kernel's 15s."},
		{name: "hello_time", typ: typeDuration, min: int64(time.Second), max: int64(10 * time.Second), option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.HelloTime) }),
			doc: "Time between the hello messages of the root bridge: 1s to 10s. Default: the kernel's, 2s."},
		{name: "max_age", typ: typeDuration, min: int64(6 * time.Second), max: int64(40 * time.Second), option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.MaxAge) }),
			doc: "How long a silent root bridge stays the root: 6s to 40s. Default: the kernel's, 20s."},
		{name: "ageing_time", typ: typeDuration, max: maxTicks, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.AgeingTime) }),
			doc: "How long a learned MAC address stays in the forwarding table. Default: the kernel's, 300s."},
		{name: "priority", typ: typeInteger, max: 65535, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.Priority) }),
			doc: "The bridge's priority: the lowest becomes the root. Default: the kernel's, 32768."},
		{name: "group_fwd_mask", typ: typeInteger, max: 65535, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.GroupFwdMask) }),
			doc: "Bit X set forwards frames to 01:80:c2:00:00:0X; the kernel refuses bits 0 to 2. Default: the kernel's, 0."},
		{name: "vlan_filtering", typ: typeBool, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.VLANFiltering) }),
			doc: "Whether the bridge filters VLANs. Default: the kernel's, false."},
		{name: "vlan_default_pvid", typ: typeInteger, max: 4094, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.VLANDefaultPVID) }),
			doc: "The VLAN of untagged frames on new ports, 0 for none. Default: the kernel's, 1."},
		{name: "multicast_snooping", typ: typeBool, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.MulticastSnooping) }),
			doc: "Whether multicast goes only to ports that asked for it. Default: the kernel's, true."},
		{name: "multicast_querier", typ: typeBool, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.MulticastQuerier) }),
			doc: "Whether the bridge itself queries for members of multicast groups. Default: the kernel's, false."},
		{name: "multicast_router", typ: typeInteger, max: 2, option: optionOf(func(k *rtnl.Bridge) option { return optionAt(&k.MulticastRouter) }),
			doc: "Whether the bridge itself counts as a multicast router: 0 never, 1 when it sees queries, 2 always. Default: the kernel's, 1."},
	}
}
