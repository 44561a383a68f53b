package topology

import (
	"encoding/binary"
	"fmt"
	"net"

	"github.com/nslab/nslab/internal/plain"
)

// planMAC returns the MAC address of an interface: a hash of the names of lab,
// node and interface, which is the same each time, with the bits of a locally
// administered unicast address (IEEE 802-2014, 8.2.2). try is 0, or higher if
// the addresses of lower tries are taken.
func planMAC(lab, node, iface string, try int) net.HardwareAddr {
	text := fmt.Appendf(make([]byte, 0, 128), "nslab %s\x00%s\x00%s", lab, node, iface)
	if try > 0 {
		text = fmt.Appendf(text, "\x00%d", try)
	}
	sum := binary.BigEndian.AppendUint64(nil, hash64(text))
	sum[0] = sum[0]&^1 | 2
	return sum[:6:6]
}

// giveMAC returns an interface's address in the file, or a planned one.
func (p *fileParser) giveMAC(v *yamlNode, s scope, node, iface string, at Pos) net.HardwareAddr {
	if v != nil {
		if mac := p.readMAC(v, s); mac != nil {
			return mac
		}
	}
	for try := 0; ; try++ {
		mac := planMAC(p.t.Name, node, iface, try)
		if _, taken := p.macs[[6]byte(mac)]; !taken {
			p.macs[[6]byte(mac)] = at
			return mac
		}
	}
}

func (p *fileParser) readMAC(v *yamlNode, s scope) net.HardwareAddr {
	text, ok := p.expand(v, s)
	if !ok || text == "" {
		return nil
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 {
		p.Add(v.at, "", "mac is %q; it is six bytes such as 02:00:00:00:00:01", plain.Clip(text))
		return nil
	}
	switch {
	case mac[0]&1 != 0:
		p.Add(v.at, "make the first byte even", "mac %s is a multicast address", mac)
		return nil
	case [6]byte(mac) == [6]byte{}:
		p.Add(v.at, "", "mac %s is all zeros", mac)
		return nil
	}
	if first, taken := p.macs[[6]byte(mac)]; taken {
		p.Add(v.at, "", "mac %s occurs twice, first on line %d", mac, first.Line)
		return nil
	}
	p.macs[[6]byte(mac)] = v.at
	return mac
}
