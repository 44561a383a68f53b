package iproute

import "github.com/nslab/nslab/rtnl"

// vrfSlaveKind is a port of a VRF, which has no options.
var vrfSlaveKind = linkKind{
	name:  "vrf_slave",
	port:  true,
	usage: func() string { return "Usage: ... vrf_slave\n" },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		if w.more() {
			w.next()
			w.bad("the end of the command: a port of a VRF has no options")
		}
		return rtnl.PlainKind("vrf")
	},
	format: func(f *linkFormatter, k rtnl.Kind) {
		_, plain := k.(rtnl.PlainKind)
		f.ok = f.ok && plain
	},
	print: func(p *printer, _ *linkView, data []byte) error {
		port, err := rtnl.DecodeVRFPort(data)
		if err == nil {
			p.num("table", "table %d ", uint64(port.Table))
		}
		return err
	},
}
