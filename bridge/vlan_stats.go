package bridge

import (
	"encoding/binary"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// VLANStatsDump asks for the counters of VLANs (RTM_GETSTATS). Its answers are
// read by DecodeVLANStats.
type VLANStatsDump struct {
	// Ports asks for those of ports instead of those of bridges. Ports count
	// only with the bridge's option VLANStatsPerPort.
	Ports bool
}

// Attributes of RTM_NEWSTATS (include/uapi/linux/if_link.h,
// include/uapi/linux/if_bridge.h).
const (
	xstatsTypeBridge = 1 // LINK_XSTATS_TYPE_BRIDGE
	xstatsVLAN       = 1 // BRIDGE_XSTATS_VLAN
	sizeofIfStatsMsg = 12
	sizeofVLANXstats = 40
)

// Encode implements rtnl.Request.
func (r *VLANStatsDump) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_GETSTATS, 0)
	attr := unix.IFLA_STATS_LINK_XSTATS
	if r.Ports {
		attr = unix.IFLA_STATS_LINK_XSTATS_SLAVE
	}
	// struct if_stats_msg: family, index, the mask of attributes.
	e.Header(binary.NativeEndian.AppendUint32(make([]byte, 8), 1<<(attr-1))...)
}

// DecodeVLANStats reads an RTM_NEWSTATS. The counters have one VLAN each. A
// VLAN of a bridge that only its ports are in is left out, since they count it.
func DecodeVLANStats(m rtnl.Message) (all []VLANEntry, err error) {
	if len(m.Data) < sizeofIfStatsMsg {
		return nil, fmt.Errorf("counters of VLANs: a message with %d bytes, which needs %d", len(m.Data), sizeofIfStatsMsg)
	}
	index := binary.NativeEndian.Uint32(m.Data[4:])
	r := rtnl.NewAttrReader(m.Data[sizeofIfStatsMsg:])
	for r.Next() {
		if r.Type() != unix.IFLA_STATS_LINK_XSTATS && r.Type() != unix.IFLA_STATS_LINK_XSTATS_SLAVE {
			continue
		}
		kinds := r.Nested()
		for kinds.Next() {
			if kinds.Type() != xstatsTypeBridge {
				continue
			}
			entries := kinds.Nested()
			for entries.Next() {
				b := entries.Bytes()
				if entries.Type() != xstatsVLAN || len(b) < sizeofVLANXstats {
					continue
				}
				u64 := func(i int) uint64 { return binary.NativeEndian.Uint64(b[8*i:]) }
				vid, flags := binary.NativeEndian.Uint16(b[32:]), VLANFlags(binary.NativeEndian.Uint16(b[34:]))
				if flags&VLANMaster != 0 && flags&VLANBREntry == 0 {
					continue
				}
				all = append(all, VLANEntry{
					Index: index, VLANs: VLANs{First: vid, Last: vid, Flags: flags},
					Counters: VLANCounters{u64(0), u64(1), u64(2), u64(3)},
				})
			}
			kinds.Adopt(&entries)
		}
		r.Adopt(&kinds)
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("counters of VLANs: %w", r.Err())
	}
	return all, nil
}
