package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
)

// An interfaceKind is a kind of Interface. Each kind has its own file,
// interface_NAME.go.
type interfaceKind struct {
	name string
	// doc describes it, in a sentence after "dummy, ".
	doc string
	// stacked says that it is on another interface of the node, which link:
	// names: the kernel deletes it together with that one.
	stacked bool
	// linkKey is the key that names the interface that it is on, "" for link.
	// With another one it may be on none.
	linkKey string
	// overhead is how much smaller its MTU is than that of the interface that it
	// is on, in bytes. Nil means that it is not.
	overhead func(k rtnl.Kind) uint32
	// withinMTU says that its MTU is at most that of the interface that it is
	// on, and the same if the file gives none.
	withinMTU bool
	// sharesMAC reports whether one with these options has the MAC address of
	// the interface that it is on if the file gives none. Nil means no.
	sharesMAC func(k rtnl.Kind) bool
	// refuses says why it cannot be on an interface of a kind, "" for an end of a
	// link or a bridge, which may be the port of a bridge. It returns "" if it
	// can. Nil means that it can.
	refuses func(kind string, port bool) string
	// noUppers says why no interface can be on one of this kind, "" if some can.
	noUppers string
	// minMTU is the smallest MTU that it can have in bytes, 0 for that of all
	// interfaces.
	minMTU uint32
	// mtu is that of a new one that is on no other, in bytes, 0 for 1500.
	mtu uint32
	// comesFirst is the larger the earlier a node's interfaces of the kind come:
	// members come after what they are members of.
	comesFirst int
	// refusesMember returns why an interface of a kind, "" for an end of a link,
	// cannot be a member of one of this kind. It returns "" if it can. Nil means
	// that it can.
	refusesMember func(kind string) string
	// keys are those that only this kind has. Another kind may give a key of the
	// same name another type.
	keys []key
	// options returns options of the kind, none of them set. It is nil for a kind
	// without.
	options func() rtnl.Kind
	// read sets those options that keys give without a key.option, and checks
	// all. It reports mistakes, and then false. Nil means that there is nothing
	// to do.
	read func(p *fileParser, i *interfaceSpec) bool
	// clash returns why interfaces with these options cannot both be on the same
	// one, "" if they can. Nil means that they can.
	clash func(a, b rtnl.Kind) string
	// isPort says that it can be the port of a bridge.
	isPort bool
	// clashAnywhere says that clash is about any two of a node, whatever they
	// are on.
	clashAnywhere bool
	// config returns the file's entries for options that no key.option sets, and
	// sets those in said. Nil means that there are none.
	config func(k, said rtnl.Kind) entries
}

// interfaceKinds are all kinds of Interface.
var interfaceKinds = []interfaceKind{
	dummyInterface,
	vlanInterface,
	macvlanInterface,
	bridgeInterface,
	vrfInterface,
	vxlanInterface,
}

func findInterfaceKind(name string) *interfaceKind {
	if i := slices.IndexFunc(interfaceKinds, func(k interfaceKind) bool { return k.name == name }); i >= 0 {
		return &interfaceKinds[i]
	}
	return nil
}

// kindOfInterface returns the kind that an interface has in the file, nil if
// that is none or an unknown one.
func kindOfInterface(v *yamlNode) *interfaceKind {
	for i, k := range v.keys {
		if k.text == "kind" {
			return findInterfaceKind(v.items[i].text)
		}
	}
	return nil
}

// section returns the section with the keys of a kind: of all kinds if it is
// nil.
func (k *interfaceKind) section() string {
	if k == nil {
		return secInterface
	}
	return secInterface + " " + k.name
}

// interfaceWords returns the names of the kinds.
func interfaceWords() (words []string) {
	for _, k := range interfaceKinds {
		words = append(words, k.name)
	}
	return words
}

// otherKindsKey says which kinds of Interface have a key that those of a
// section do not have, "" if none has it.
func otherKindsKey(name, section string) string {
	if !strings.HasPrefix(section, secInterface+" ") {
		return ""
	}
	var kinds []string
	for i := range interfaceKinds {
		if k := &interfaceKinds[i]; findKey(k.section(), name) != nil {
			kinds = append(kinds, k.name)
		}
	}
	if kinds == nil {
		return ""
	}
	return fmt.Sprintf("%s has none, only of kind %s", sectionWord(section), strings.Join(kinds, " or "))
}

// InterfacesClash returns why interfaces of a kind with these options cannot
// both be on the same interface, "" if they can.
func InterfacesClash(kind string, a, b rtnl.Kind) string {
	if k := findInterfaceKind(kind); k != nil && k.clash != nil {
		return k.clash(a, b)
	}
	return ""
}

// ClashAnywhere reports whether InterfacesClash is about any two interfaces of a
// kind in a node, whatever they are on.
func ClashAnywhere(kind string) bool {
	k := findInterfaceKind(kind)
	return k != nil && k.clashAnywhere
}

// InterfaceOverhead returns how much smaller the MTU of an interface of a kind
// is than that of the one that it is on, in bytes.
func InterfaceOverhead(kind string, options rtnl.Kind) uint32 {
	if k := findInterfaceKind(kind); k != nil && k.overhead != nil {
		return k.overhead(options)
	}
	return 0
}

// lower returns the name of the interface that one of this kind is on, as the
// file gives it, nil for none.
func (k *interfaceKind) lower(f fields) *yamlNode { return f[cmp.Or(k.linkKey, "link")] }

// interfaceSections adds the sections of interfaces: that of each kind, and one
// with the keys of all kinds.
func interfaceSections(sections map[string][]key) {
	doc := "What the interface is:"
	for _, k := range interfaceKinds {
		doc += " " + k.name + ", " + k.doc + "."
	}
	common := func(words []string) []key {
		return []key{
			{name: "kind", typ: typeEnum, words: words, doc: doc},
			{name: "mac", typ: typeString, doc: "Its MAC address. Default: planned by nslab."},
			{name: "mtu", typ: typeInteger, min: 68, max: 65535,
				doc: "Its MTU in bytes, at least 1280 with IPv6. Default: the kernel's, 1500."},
			{name: "addresses", typ: typeStrings, doc: "Its addresses, with prefix lengths."},
			{name: "ipv6", typ: typeEnum, words: modeWords,
				doc: "Whether it has IPv6: auto, on or off. Default: as for the node's other interfaces."},
		}
	}
	all := common(interfaceWords())
	for i := range interfaceKinds {
		k := &interfaceKinds[i]
		keys := common([]string{k.name})
		if k.stacked {
			keys = append(keys, key{name: "link", typ: typeString, doc: "The interface of the node that it is on: an end of a link, a bridge, or another one of these."})
		}
		keys = append(keys, k.keys...)
		sections[k.section()] = keys
		for _, own := range keys {
			if !slices.ContainsFunc(all, func(k key) bool { return k.name == own.name }) {
				all = append(all, own)
			}
		}
	}
	sections[secInterface] = all
}

// An InterfaceConfig has the keys that a lab file may give an interface that is
// not an end of a link.
type InterfaceConfig struct {
	// Name has at most 15 bytes. Kind is the file's word: "dummy". It may be ""
	// if Options are given.
	Name, Kind string
	// Link is the interface of the node that it is on, for kinds that are on
	// one.
	Link string
	// Ports are the ends of the node's links that are ports of a bridge.
	Ports []string
	// Members are the interfaces of the node that are its ports, for kinds that
	// have some.
	Members []string
	// Options are those of its kind. They may contain those of docs/lab-file.md;
	// File fails if others are set.
	Options rtnl.Kind
	// MAC is six bytes such as 02:00:00:00:00:01, "" for a planned address.
	MAC string
	// MTU is in bytes, 68 to 65,535, at least MinIPv6MTU with IPv6; 0 leaves it
	// to the kernel.
	MTU uint32
	// Addresses have prefix lengths.
	Addresses []string
	// IPv6 is its mode; if unset, that of the node's other interfaces.
	IPv6 rtnl.Opt[IPv6Mode]
}

// interfaces returns the file's entries for InterfaceConfigs. Errors call the
// node of.
func (b *Builder) interfaces(of string, all []InterfaceConfig) (devices entries) {
	for _, c := range all {
		var e, options entries
		kind := c.Kind
		if c.Options != nil {
			if kind == "" {
				kind = c.Options.Kind()
			}
			known := false
			if k := findInterfaceKind(kind); k != nil && k.options != nil {
				options, known = configKind(c.Options, k.options(), k.keys, k.config)
			}
			if !known {
				b.fail("%s: interface %q has options that a lab file has no keys for", of, c.Name)
			}
		}
		e.text("kind", kind)
		linkKey := "link"
		if k := findInterfaceKind(kind); k != nil {
			linkKey = cmp.Or(k.linkKey, linkKey)
		}
		e.text(linkKey, c.Link)
		e.texts("ports", c.Ports)
		e = append(e, options...)
		e.texts("members", c.Members)
		e.text("mac", c.MAC)
		if c.MTU != 0 {
			e.add("mtu", strconv.Itoa(int(c.MTU)))
		}
		e.texts("addresses", c.Addresses)
		if mode, ok := c.IPv6.Get(); ok {
			e.add("ipv6", mode.word())
		}
		devices.add(scalar(c.Name), e.mapping())
	}
	return devices
}
