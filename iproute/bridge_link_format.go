package iproute

import (
	"strconv"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// formatBridgeLink returns the words of the bridge link command that does what
// a request does; nil if there is none.
func formatBridgeLink(r rtnl.Request) []string {
	m, ok := r.(*bridge.PortSet)
	if !ok {
		return nil
	}
	o := &m.Options
	noWord := bridge.PortOptions{
		ProxyARP: o.ProxyARP, ProxyARPWifi: o.ProxyARPWifi, GroupFwdMask: o.GroupFwdMask, MAB: o.MAB,
		NeighVLANSuppress: o.NeighVLANSuppress, BackupNHID: o.BackupNHID, MulticastEHTHostsLimit: o.MulticastEHTHostsLimit,
		MulticastMaxGroups: o.MulticastMaxGroups, FDBFlush: o.FDBFlush,
	}
	dev := devWord(m.Link)
	if dev == "" || noWord != (bridge.PortOptions{}) || m.Side&^(bridge.Self|bridge.Master) != 0 {
		return nil
	}
	f := []string{"link", "set", "dev", dev}
	if v, ok := o.State.Get(); ok {
		word := strconv.Itoa(int(v))
		if v <= bridge.Blocking {
			word = v.String()
		}
		f = append(f, "state", word)
	}
	for _, name := range bridgePortWords {
		value, ok := bridgePortOption(name).value(o)
		if !ok {
			continue
		}
		f = append(f, name)
		if value != "" {
			f = append(f, value)
		}
	}
	if v, ok := o.LearningSync.Get(); ok {
		f = append(f, "learning_sync", onOffWord(v))
	}
	mode, ok := m.Mode.Get()
	switch {
	case ok && (m.Side&bridge.Self == 0 || mode > bridge.VEPA):
		return nil // hwmode is only for the device itself
	case ok && mode == bridge.VEPA:
		f = append(f, "hwmode", "vepa")
	case ok:
		f = append(f, "hwmode", "veb")
	case m.Side&bridge.Self != 0:
		f = append(f, "self")
	}
	if m.Side&bridge.Master != 0 {
		f = append(f, "master")
	}
	return f
}
