package topology

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

const secPortVLAN = "port vlan"

// maxVLAN is the last VLAN (IEEE 802.1Q reserves 4095).
const maxVLAN = 4094

// portVLANKeys say which VLANs a port of a bridge is in.
func portVLANKeys() []key {
	return []key{
		{name: "access", typ: typeInteger, min: 1, max: maxVLAN, doc: "The one VLAN that the port is in, without tags on the link."},
		{name: "trunk", typ: typeStrings, doc: "The VLANs that the port is in, with tags on the link: numbers, and ranges such as 20-29."},
		{name: "native", typ: typeInteger, min: 1, max: maxVLAN, doc: "Of a trunk, the VLAN without tags. Default: none."},
	}
}

// A VLAN says which VLANs a port of a bridge is in, as the file does. The zero
// VLAN says nothing.
type VLAN struct {
	// Access is the VLAN of a port without tags.
	Access uint16
	// Trunk are the VLANs with tags: "10", "20-29". Native is the one without.
	Trunk  []string
	Native uint16
}

// entries returns the file's entries.
func (v *VLAN) entries() (e entries) {
	if v.Access != 0 {
		e.add("access", strconv.Itoa(int(v.Access)))
	}
	if len(v.Trunk) > 0 {
		e.add("trunk", list(v.Trunk...))
	}
	if v.Native != 0 {
		e.add("native", strconv.Itoa(int(v.Native)))
	}
	return e
}

// readVLANs reads the VLANs of a port: none of them twice, in order. It returns
// nil if v gives none.
func (p *fileParser) readVLANs(v *yamlNode) []bridge.VLANs {
	f := p.fields(v, secPortVLAN)
	access, trunk, native := f["access"], f["trunk"], f["native"]
	switch {
	case f == nil:
		return nil
	case access != nil && (trunk != nil || native != nil):
		p.Add(access.at, "use either access, or trunk and native", "a port of one VLAN is no trunk")
		return nil
	case access == nil && trunk == nil && native == nil:
		p.Add(v.at, "write access: VID, or trunk: [VID, ...]", "vlan gives no VLAN")
		return nil
	}
	const in = 1 << 15 // no flag
	var flags [maxVLAN + 1]bridge.VLANFlags
	if trunk != nil {
		for _, item := range trunk.items {
			p.readTrunk(item, func(vid uint64) {
				if flags[vid] != 0 {
					p.Add(item.at, "", "VLAN %d occurs twice in trunk", vid)
				}
				flags[vid] = in
			})
		}
	}
	for _, name := range []string{"access", "native"} {
		if f[name] != nil {
			flags[f.integer(name, 0)] = in | bridge.VLANPVID | bridge.VLANUntagged
		}
	}
	var all []bridge.VLANs
	for vid, has := range flags {
		last := len(all) - 1
		switch own := has &^ in; {
		case has == 0:
		case own == 0 && last >= 0 && all[last].Flags == 0 && int(all[last].Last) == vid-1:
			all[last].Last = uint16(vid)
		default:
			all = append(all, bridge.VLANs{First: uint16(vid), Last: uint16(vid), Flags: own})
		}
	}
	return all
}

// readTrunk calls add with each VLAN of an entry of trunk.
func (p *fileParser) readTrunk(item *yamlNode, add func(vid uint64)) {
	from, to, several := strings.Cut(item.text, "-")
	first, err := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	last := first
	if several && err == nil {
		last, err = strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	}
	if err != nil || first < 1 || last > maxVLAN || last < first {
		p.Add(item.at, fmt.Sprintf("write a number from 1 to %d, or a range such as 20-29", maxVLAN), "trunk has %q", plain.Clip(item.text))
		return
	}
	for vid := first; vid <= last && !p.Full(); vid++ {
		add(vid)
	}
}

// giveVLANs gives an end VLANs. Its bridge then filters VLANs.
func (p *fileParser) giveVLANs(spec *linkSpec, e *Endpoint, end, port int) {
	if spec.vlans[end] == nil || spec.failed {
		return
	}
	at := spec.own["vlan"].items[end].at
	if port < 0 {
		spec.failed = true
		p.Add(at, "list it under ports of a bridge, or write NODE/BRIDGE:PORT",
			"%q of node %q is not a port of a bridge, and is in no VLANs of one", e.Iface, p.t.Nodes[e.Node].Name)
		return
	}
	e.VLANs = spec.vlans[end]
	b := p.bridgeOf(port)
	if b.Options.VLANFiltering.Or(1) == 0 {
		spec.failed = true
		p.Add(at, "leave out vlan_filtering: false", "bridge %q of node %q does not filter VLANs", b.Name, p.t.Nodes[e.Node].Name)
		return
	}
	b.Options.VLANFiltering = rtnl.Some(uint8(1))
}

// FiltersVLANs reports whether a bridge of the file filters VLANs.
func (t *Topology) FiltersVLANs() bool {
	for i := range t.Nodes {
		for k := range t.Nodes[i].Bridges {
			if t.Nodes[i].Bridges[k].FiltersVLANs() {
				return true
			}
		}
	}
	return false
}

// FiltersVLANs reports whether the bridge is to filter VLANs.
func (b *Bridge) FiltersVLANs() bool { return b.Options.VLANFiltering.Or(0) != 0 }

// HasVLANs reports whether the file says which VLANs ports of bridges are in.
func (t *Topology) HasVLANs() bool {
	for i := range t.Links {
		if t.Links[i].Ends[0].VLANs != nil || t.Links[i].Ends[1].VLANs != nil {
			return true
		}
	}
	return false
}
