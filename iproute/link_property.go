package iproute

import (
	"context"

	"github.com/nslab/nslab/rtnl"
)

const propertyKeys keywords = "altname* help* dev"

// parseLinkProperty takes "add" or "del" and alternative names.
func parseLinkProperty(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	add := false
	switch w.keywordMust("add* del* delete") {
	case "add":
		add = true
	case "del", "delete":
	case "":
		w.need(`"add" or "del"`)
		w.peer("Operator required")
	default:
		w.bad(`"add" or "del"`)
	}
	dev, names := "", []string(nil)
	for w.more() {
		switch w.keyword(propertyKeys) {
		case "altname":
			names = append(names, w.altName())
		case "help":
			c.usage(w, linkUsage)
			return
		case "dev":
			w.back()
			fallthrough
		default:
			w.dev(&dev, "ip link property")
		}
	}
	if dev == "" && w.err == nil {
		w.need(`a link, "dev DEV"`)
		w.peer(`Not enough of information: "dev" argument is required.`)
	}
	if len(names) == 0 && !w.loose {
		w.need(`"altname NAME"`)
	}
	if len(names) == 0 {
		// There is no request to send. Only check that the link exists.
		c.do = func(ctx context.Context, s *Session, o *Options) error {
			conn, err := s.conn(o)
			if err == nil {
				_, err = conn.LinkIndex(ctx, dev)
			}
			return err
		}
		return
	}
	if add {
		c.op(&rtnl.AltNameAdd{Link: byIndex(dev), Names: names})
		return
	}
	c.op(&rtnl.AltNameDel{Link: byIndex(dev), Names: names})
}

// altName takes an alternative name: 1 to 127 bytes without "/" and white space
// (check_altifname in lib/utils.c).
func (w *words) altName() string {
	s := w.need("an alternative name")
	if w.err == nil && !validAltName(s) {
		w.bad(`an alternative name, 1 to 127 bytes without "/" and white space`)
	}
	return s
}
