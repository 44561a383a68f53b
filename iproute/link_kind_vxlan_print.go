package iproute

import (
	"net/netip"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// printVXLAN does what vxlan_print_opt in ip/iplink_vxlan.c does.
func printVXLAN(p *printer, v *linkView, data []byte) error {
	k, err := rtnl.DecodeVXLAN(data)
	if err != nil {
		return err
	}
	on := func(o rtnl.Opt[bool], key, text string) {
		if o.Or(false) {
			p.flag(key, text)
		}
	}
	on(k.CollectMetadata, "external", "external ")
	on(k.VNIFilter, "vnifilter", "vnifilter") // as iproute2 6.1 writes it
	optNum(p, "id", "", k.ID)
	p.vxlanAddr(v, "group", "remote", k.Remote)
	p.vxlanAddr(v, "local", "local", k.Local)
	if l := k.Link.Or(rtnl.LinkRef{}); l.Index != 0 {
		p.str("link", "dev %s ", v.links.name(l.Index))
	}
	if r, ok := k.PortRange.Get(); ok {
		p.open("port_range")
		p.jnum("low", uint64(r.Low))
		p.jnum("high", uint64(r.High))
		p.end()
		p.text("srcport %d %d ", r.Low, r.High)
	}
	optNum(p, "port", "dstport", k.Port)
	if learning, ok := k.Learning.Get(); ok {
		p.jbool("learning", learning)
		if !learning {
			p.text("nolearning ")
		}
	}
	on(k.Proxy, "proxy", "proxy ")
	on(k.RSC, "rsc", "rsc ")
	on(k.L2Miss, "l2miss", "l2miss ")
	on(k.L3Miss, "l3miss", "l3miss ")
	p.vxlanHeader(k)
	if age, ok := k.Ageing.Get(); ok {
		format := "ageing %d "
		if age == 0 {
			format = "ageing none "
		}
		p.num("ageing", format, uint64(age/time.Second))
	}
	if limit := k.Limit.Or(0); limit != 0 {
		p.num("limit", "maxaddr %d ", uint64(limit))
	}
	p.vxlanBool("udp_csum", "udpcsum", k.UDPCSum)
	p.vxlanBool("udp_zero_csum6_tx", "udp6zerocsumtx", k.UDPZeroCSum6TX)
	p.vxlanBool("udp_zero_csum6_rx", "udp6zerocsumrx", k.UDPZeroCSum6RX)
	on(k.RemCSumTX, "remcsum_tx", "remcsumtx ")
	on(k.RemCSumRX, "remcsum_rx", "remcsumrx ")
	on(k.GBP, "gbp", "gbp ")
	on(k.GPE, "gpe", "gpe ")
	return nil
}

// vxlanAddr writes an address under a key that also tells its family, and for
// one that is not a multicast group under another key.
func (p *printer) vxlanAddr(v *linkView, group, one string, a netip.Addr) {
	if !a.IsValid() || a.IsUnspecified() {
		return
	}
	word := one
	if a.IsMulticast() {
		word = group
	}
	key := word
	if a.Is6() {
		key += "6"
	}
	p.str(key, word+" %s ", v.o.hostText(a))
}

// vxlanHeader writes what the headers of the datagrams have.
func (p *printer) vxlanHeader(k *rtnl.VXLAN) {
	switch tos := k.TOS.Or(0); {
	case tos == 0:
	case tos == 1 && !p.isJSON():
		p.text("tos inherit ")
	default:
		p.str("tos", "tos %s ", hexText(uint16(tos)))
	}
	ttl, ok := k.TTL.Get()
	switch {
	case k.TTLInherit.Or(false):
		p.text("ttl inherit ")
	case ok && ttl == 0:
		p.num("ttl", "ttl auto ", 0)
	case ok:
		p.num("ttl", "ttl %d ", uint64(ttl))
	}
	if df, ok := k.DF.Get(); ok && int(df) < len(vxlanDFs) {
		p.jstr("df", vxlanDFs[df])
		if df != rtnl.VXLANDFUnset {
			p.text("df %s ", vxlanDFs[df])
		}
	}
	if label := k.Label.Or(0); label != 0 {
		p.str("label", "flowlabel %s ", hexText(label))
	}
}

// vxlanBool writes a boolean, in text as a word with or without "no".
func (p *printer) vxlanBool(key, word string, o rtnl.Opt[bool]) {
	on, ok := o.Get()
	if !ok {
		return
	}
	p.jbool(key, on)
	if !on {
		word = "no" + word
	}
	p.text("%s ", word)
}
