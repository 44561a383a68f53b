package iproute

import (
	"math"
	"strconv"
	"sync"

	"github.com/nslab/nslab/rtnl"
)

// vrfKind is a VRF.
var vrfKind = linkKind{
	name:  "vrf",
	usage: func() string { return "Usage: ... vrf table TABLEID\n" },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a VRF", "vrf: unknown option %q?", vrfKeys, vrfOptions())
	},
	format: func(f *linkFormatter, k rtnl.Kind) {
		v, ok := k.(*rtnl.VRF)
		if !ok {
			f.ok = false
			return
		}
		formatOptions(f, v, vrfOptions())
	},
	print: func(p *printer, _ *linkView, data []byte) error {
		k, err := rtnl.DecodeVRF(data)
		if err == nil {
			optNum(p, "table", "", k.Table)
		}
		return err
	},
}

// vrfKeys are the options of a VRF (vrf_parse_opt in ip/iplink_vrf.c).
const vrfKeys keywords = "table*"

var vrfOptions = sync.OnceValue(func() []kindOption[rtnl.VRF] {
	return []kindOption[rtnl.VRF]{{
		name:  "table",
		parse: func(k *rtnl.VRF, w *words) { k.Table = rtnl.Some(w.named(rtTables, "a table", math.MaxUint32)) },
		value: func(k *rtnl.VRF) (string, bool) {
			table, ok := k.Table.Get()
			return strconv.FormatUint(uint64(table), 10), ok
		},
	}}
})
