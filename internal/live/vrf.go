package live

import "github.com/nslab/nslab/rtnl"

// noteVRFs notes the tables of VRFs and of their members.
func noteVRFs(byIndex map[uint32]*Link) error {
	for _, l := range byIndex {
		if l.Kind != "vrf" {
			continue
		}
		k, err := rtnl.DecodeVRF(l.Data)
		if err != nil {
			return err
		}
		l.Table = k.Table.Or(0)
	}
	for _, l := range byIndex {
		if master := byIndex[l.Master]; master != nil && master.Kind == "vrf" {
			l.Table = master.Table
		}
	}
	return nil
}

// LooksFor reports whether the kernel looks for a link's networks in a routing
// table: that of the VRF that the link is in, and for links in none those of
// the node itself.
func (n *Node) LooksFor(l *Link, table uint32) bool {
	if l.Table != 0 {
		return l.Table == table
	}
	for _, other := range n.Links {
		if other.Table != 0 && other.Table == table {
			return false
		}
	}
	return true
}
