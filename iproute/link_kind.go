package iproute

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
)

// A linkKind is what ip link knows about one kind of link. Each is a file,
// link_kind_NAME.go, and a line in linkKinds.
type linkKind struct {
	// name is the word after "type".
	name string
	// port marks options that a link has as the port of a master:
	// "bridge_slave" is not a kind of link.
	port bool
	// usage returns what "ip link help NAME" prints.
	usage func() string
	// parse takes the options, up to the end of the command.
	parse func(p *linkParams, w *words) rtnl.Kind
	// format adds the words for the options, or clears f.ok.
	format func(f *linkFormatter, k rtnl.Kind)
	// print writes the options in data, the kernel's IFLA_INFO_DATA or
	// IFLA_INFO_SLAVE_DATA. It is nil if there is nothing to write.
	print func(p *printer, v *linkView, data []byte) error
	// links, unless nil, calls each with every link that an option refers to.
	// What each stores there becomes the option's value.
	links func(k rtnl.Kind, each func(*rtnl.LinkRef))
	// refers, unless nil, returns the indices of the links that print names
	// with "-details"; 0 means none.
	refers func(data []byte) []uint32
	// linkSays is iproute2's format for a link that an option refers to and that
	// does not exist, "" for peerWrongDev.
	linkSays string
	// linkStatus is the exit status with it, 0 for statusUsage.
	linkStatus int
}

// linkKinds are the kinds whose options nslab knows.
var linkKinds = []linkKind{
	vethKind,
	bridgeKind,
	bridgeSlaveKind,
	vlanKind,
	macvlanKind,
	vrfKind,
	vrfSlaveKind,
	vxlanKind,
	bondKind,
	bondSlaveKind,
}

// findLinkKind returns the kind with the name after "type". A kind that only
// iproute2 knows has no options.
func findLinkKind(name string) (k linkKind, ok bool) {
	if i := slices.IndexFunc(linkKinds, func(k linkKind) bool { return k.name == name }); i >= 0 {
		return linkKinds[i], true
	}
	return otherKind(name), slices.Contains(otherKinds, name)
}

// kind takes the words after "type": a kind of link with its options, or the
// options of a port.
func (p *linkParams) kind(w *words) (k rtnl.Kind, port bool) {
	name := w.need("a kind of link")
	kind, ok := findLinkKind(name)
	switch {
	case w.err != nil:
		return nil, false
	case !ok:
		w.status = statusKernel // in iproute2's case, the kernel says so
		names := slices.Clone(otherKinds)
		for _, k := range linkKinds {
			names = append(names, k.name)
		}
		slices.Sort(names)
		w.bad("a kind of link: %s", strings.Join(slices.Compact(names), ", "))
		w.peer("Error: Unknown device type.") // the kernel's
		return nil, false
	case kind.port && p.create:
		w.bad("a kind of link to create; %s is the kind of a port in ip link set", name)
		return nil, false
	}
	k = kind.parse(p, w)
	if w.err == nil && kind.links != nil {
		kind.links(k, func(l *rtnl.LinkRef) {
			switch {
			case l.Name == "":
			case kind.linkSays != "":
				p.said = append(p.said, l.Name)
				p.says, p.saysStatus = kind.linkSays, cmp.Or(kind.linkStatus, statusUsage)
			default:
				p.named = append(p.named, l.Name)
			}
		})
	}
	return k, kind.port
}

// kind adds "type" and a kind with its options. suffix is "_slave" for the
// options of a port.
func (f *linkFormatter) kind(k rtnl.Kind, suffix string) {
	name := k.Kind() + suffix
	kind, ok := findLinkKind(name)
	if !ok {
		f.ok = false
		return
	}
	f.add("type", name)
	kind.format(f, k)
}

// kindLinks calls each for the links that the options of a kind refer to.
// suffix is as in linkFormatter.kind.
func kindLinks(k rtnl.Kind, suffix string, each func(*rtnl.LinkRef)) {
	if k == nil {
		return
	}
	if kind, _ := findLinkKind(k.Kind() + suffix); kind.links != nil {
		kind.links(k, each)
	}
}

// linkInfo writes the kind of a link and of its master, with their options if
// linkKinds has them.
func (p *printer) linkInfo(v *linkView, l *rtnl.Link) error {
	if l.Kind == "" && l.PortKind == "" {
		return nil
	}
	p.open("linkinfo")
	defer p.end()
	if l.Kind != "" {
		p.text("\n")
		p.str("info_kind", "    %s ", l.Kind)
		if err := p.kindOptions(v, l.Kind, "info_data", l.Data); err != nil {
			return fmt.Errorf("link %q: %w", l.Name, err)
		}
	}
	if l.PortKind != "" {
		p.text("\n")
		p.str("info_slave_kind", "    %s_slave ", l.PortKind)
		if err := p.kindOptions(v, l.PortKind+"_slave", "info_slave_data", l.PortData); err != nil {
			return fmt.Errorf("link %q, as a port: %w", l.Name, err)
		}
	}
	return nil
}

func (p *printer) kindOptions(v *linkView, name, key string, data []byte) error {
	kind, _ := findLinkKind(name)
	if kind.print == nil {
		return nil
	}
	p.open(key)
	defer p.end()
	return kind.print(p, v, data)
}

// kindRefers returns the indices of the links that linkInfo names.
func kindRefers(l *rtnl.Link) (indices []uint32) {
	if k, _ := findLinkKind(l.Kind); k.refers != nil {
		indices = k.refers(l.Data)
	}
	if k, _ := findLinkKind(l.PortKind + "_slave"); k.refers != nil {
		indices = append(indices, k.refers(l.PortData)...)
	}
	return indices
}
