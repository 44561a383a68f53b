package iproute

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// optNum writes a number that may be absent. If word is not "", it replaces the
// key in text.
func optNum[T uint8 | uint16 | uint32](p *printer, key, word string, o rtnl.Opt[T]) {
	if v, ok := o.Get(); ok {
		if word == "" {
			word = key
		}
		p.num(key, word+" %d ", uint64(v))
	}
}

func (p *printer) optTicks(key, word string, o rtnl.Opt[time.Duration]) {
	if v, ok := o.Get(); ok {
		if word == "" {
			word = key
		}
		p.num(key, word+" %d ", uint64(v/tick))
	}
}

// timer writes seconds and hundredths.
func (p *printer) timer(key string, d time.Duration) {
	sec, hundredths := d/time.Second, d%time.Second/tick
	if p.j != nil {
		p.j.name(key)
		p.j.float(fmt.Sprintf("%d.%02d", sec, hundredths))
		return
	}
	p.text("%s %4d.%02d ", key, sec, hundredths)
}

// hexText returns a number as the C format "%#x" does, which has no "0x" for
// zero.
func hexText[T uint16 | uint32](v T) string {
	if v == 0 {
		return "0"
	}
	return "0x" + strconv.FormatUint(uint64(v), 16)
}

// bridgeID writes a priority and a MAC address. As in ether_ntoa(3), the
// address has no leading zeros.
func bridgeID(id [8]byte) string {
	s := fmt.Sprintf("%02x%02x.%x", id[0], id[1], id[2])
	for _, b := range id[3:] {
		s += ":" + strconv.FormatUint(uint64(b), 16)
	}
	return s
}

func (p *printer) optOnOff(key string, o rtnl.Opt[bool]) {
	if v, ok := o.Get(); ok {
		p.onOff(key, key+" %s ", v)
	}
}

// tick is the unit of a bridge's times.
const tick = 10 * time.Millisecond

func bool01(b bool) int {
	if b {
		return 1
	}
	return 0
}

func onOffWord(v bool) string {
	if v {
		return "on"
	}
	return "off"
}
