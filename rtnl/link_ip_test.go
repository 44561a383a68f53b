package rtnl

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// ipLink is a link as `ip -j -d -s -s link show` prints it. The fields are all
// that iproute2 6.1 prints about the links that the tests create.
type ipLink struct {
	Index       uint32      `json:"ifindex"`
	LinkIndex   *uint32     `json:"link_index"`
	Link        *string     `json:"link"`
	LinkNetNSID *int32      `json:"link_netnsid"`
	Name        string      `json:"ifname"`
	Flags       []string    `json:"flags"`
	MTU         uint32      `json:"mtu"`
	MinMTU      uint32      `json:"min_mtu"`
	MaxMTU      uint32      `json:"max_mtu"`
	Qdisc       string      `json:"qdisc"`
	Master      string      `json:"master"`
	OperState   string      `json:"operstate"`
	LinkMode    string      `json:"linkmode"`
	Group       string      `json:"group"`
	TxQueueLen  uint32      `json:"txqlen"`
	Type        string      `json:"link_type"`
	Address     string      `json:"address"`
	Broadcast   string      `json:"broadcast"`
	Promiscuity uint32      `json:"promiscuity"`
	AllMulti    uint32      `json:"allmulti"`
	AddrGenMode string      `json:"inet6_addr_gen_mode"`
	TxQueues    uint32      `json:"num_tx_queues"`
	RxQueues    uint32      `json:"num_rx_queues"`
	GSOMaxSize  uint32      `json:"gso_max_size"`
	GSOMaxSegs  uint32      `json:"gso_max_segs"`
	TSOMaxSize  uint32      `json:"tso_max_size"`
	TSOMaxSegs  uint32      `json:"tso_max_segs"`
	GROMaxSize  uint32      `json:"gro_max_size"`
	Alias       string      `json:"ifalias"`
	AltNames    []string    `json:"altnames"`
	ProtoDown   bool        `json:"proto_down"`
	Info        *ipLinkInfo `json:"linkinfo"`
	Stats       ipStats     `json:"stats64"`
}

type ipLinkInfo struct {
	Kind     string          `json:"info_kind"`
	Data     json.RawMessage `json:"info_data"`
	PortKind string          `json:"info_slave_kind"`
	PortData json.RawMessage `json:"info_slave_data"`
}

type ipStats struct {
	Rx struct {
		Bytes     uint64 `json:"bytes"`
		Packets   uint64 `json:"packets"`
		Errors    uint64 `json:"errors"`
		Dropped   uint64 `json:"dropped"`
		Over      uint64 `json:"over_errors"`
		Multicast uint64 `json:"multicast"`
		Length    uint64 `json:"length_errors"`
		CRC       uint64 `json:"crc_errors"`
		Frame     uint64 `json:"frame_errors"`
		FIFO      uint64 `json:"fifo_errors"`
		Missed    uint64 `json:"missed_errors"`
		NoHandler uint64 `json:"nohandler"`
	} `json:"rx"`
	Tx struct {
		Bytes     uint64 `json:"bytes"`
		Packets   uint64 `json:"packets"`
		Errors    uint64 `json:"errors"`
		Dropped   uint64 `json:"dropped"`
		Carrier   uint64 `json:"carrier_errors"`
		Collision uint64 `json:"collisions"`
		Aborted   uint64 `json:"aborted_errors"`
		FIFO      uint64 `json:"fifo_errors"`
		Window    uint64 `json:"window_errors"`
		Heartbeat uint64 `json:"heartbeat_errors"`
		Changes   uint64 `json:"carrier_changes"`
	} `json:"tx"`
}

// ipLinks asks ip. If ip prints a field that ipLink lacks, the test fails.
func ipLinks(t testing.TB) map[string]ipLink {
	t.Helper()
	testenv.NeedTool(t, "ip")
	d := json.NewDecoder(strings.NewReader(testenv.Run(t, "ip", "-j", "-d", "-s", "-s", "link", "show")))
	d.DisallowUnknownFields()
	var links []ipLink
	if err := d.Decode(&links); err != nil {
		t.Fatal(err)
	}
	m := make(map[string]ipLink)
	for _, l := range links {
		m[l.Name] = l
	}
	return m
}

// Names of include/uapi/linux/if.h in the order that ip prints them.
var ifFlags = []struct {
	bit  uint32
	name string
}{
	{unix.IFF_LOOPBACK, "LOOPBACK"}, {unix.IFF_BROADCAST, "BROADCAST"}, {unix.IFF_POINTOPOINT, "POINTOPOINT"},
	{unix.IFF_MULTICAST, "MULTICAST"}, {unix.IFF_NOARP, "NOARP"}, {unix.IFF_ALLMULTI, "ALLMULTI"}, {unix.IFF_PROMISC, "PROMISC"},
	{unix.IFF_MASTER, "MASTER"}, {unix.IFF_SLAVE, "SLAVE"}, {unix.IFF_DEBUG, "DEBUG"}, {unix.IFF_DYNAMIC, "DYNAMIC"},
	{unix.IFF_AUTOMEDIA, "AUTOMEDIA"}, {unix.IFF_PORTSEL, "PORTSEL"}, {unix.IFF_NOTRAILERS, "NOTRAILERS"}, {unix.IFF_UP, "UP"},
	{unix.IFF_LOWER_UP, "LOWER_UP"}, {unix.IFF_DORMANT, "DORMANT"}, {unix.IFF_ECHO, "ECHO"},
}

// asIP returns what ip prints for a link that this package decoded.
func asIP(l *Link, byIndex map[uint32]*Link) ipLink {
	v := ipLink{
		Index: l.Index, Name: l.Name, MTU: l.MTU, MinMTU: l.MinMTU, MaxMTU: l.MaxMTU, Qdisc: l.Qdisc, TxQueueLen: l.TxQueueLen,
		Address: l.Address.String(), Broadcast: l.Broadcast.String(), Promiscuity: l.Promiscuity, AllMulti: l.AllMulti.Or(0),
		TxQueues: l.TxQueues, RxQueues: l.RxQueues, GSOMaxSize: l.GSOMaxSize, GSOMaxSegs: l.GSOMaxSegs,
		TSOMaxSize: l.TSOMaxSize.Or(0), TSOMaxSegs: l.TSOMaxSegs.Or(0), GROMaxSize: l.GROMaxSize.Or(0),
		Alias: l.Alias, AltNames: l.AltNames, ProtoDown: l.ProtoDown != 0,
		Type:      map[uint16]string{1: "ether", 772: "loopback"}[l.Type],
		OperState: []string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}[l.OperState],
		LinkMode:  []string{"DEFAULT", "DORMANT"}[l.LinkMode],
		Group:     "default",
	}
	if l.Group != 0 {
		v.Group = strconv.Itoa(int(l.Group))
	}
	if l.Up() && l.Flags&unix.IFF_RUNNING == 0 {
		v.Flags = append(v.Flags, "NO-CARRIER")
	}
	for _, f := range ifFlags {
		if l.Flags&f.bit != 0 {
			v.Flags = append(v.Flags, f.name)
		}
	}
	if m := byIndex[l.Master]; m != nil {
		v.Master = m.Name
	}
	if i, ok := l.Link.Get(); ok {
		lower := byIndex[i]
		if id, ok := l.LinkNetNSID.Get(); ok {
			v.LinkIndex, v.LinkNetNSID = &i, &id
		} else if lower != nil {
			v.Link = &lower.Name
			if lower.Flags&unix.IFF_UP == 0 {
				v.Flags = append(v.Flags, "M-DOWN")
			}
		}
	}
	if mode, ok := l.AddrGenMode(); ok {
		v.AddrGenMode = []string{"eui64", "none", "stable_secret", "random"}[mode]
	}
	if l.Kind != "" {
		v.Info = &ipLinkInfo{Kind: l.Kind, PortKind: l.PortKind}
	}
	if s, ok := l.Stats(); ok {
		rx, tx := &v.Stats.Rx, &v.Stats.Tx
		rx.Bytes, rx.Packets, rx.Errors, rx.Dropped = s.RxBytes, s.RxPackets, s.RxErrors, s.RxDropped
		rx.Over, rx.Multicast, rx.Length, rx.CRC = s.RxOverErrors, s.Multicast, s.RxLengthErrors, s.RxCRCErrors
		rx.Frame, rx.FIFO, rx.Missed, rx.NoHandler = s.RxFrameErrors, s.RxFIFOErrors, s.RxMissedErrors, s.RxNoHandler
		tx.Bytes, tx.Packets, tx.Errors, tx.Dropped = s.TxBytes, s.TxPackets, s.TxErrors, s.TxDropped
		tx.Carrier, tx.Collision, tx.Aborted = s.TxCarrierErrors, s.Collisions, s.TxAbortedErrors
		tx.FIFO, tx.Window, tx.Heartbeat = s.TxFIFOErrors, s.TxWindowErrors, s.TxHeartbeatErrors
	}
	v.Stats.Tx.Changes = uint64(l.CarrierChanges)
	return v
}

// agreeWithIP compares what this package reads about every link with what ip
// reads, and returns the links by name.
func agreeWithIP(t testing.TB, c *Conn) map[string]*Link {
	t.Helper()
	// Counters and states change by themselves: only what was equal before and
	// after ip ran is compared.
	before, _ := allAsIP(t, c)
	want := ipLinks(t)
	got, links := allAsIP(t, c)
	for tries := 0; !cmp.Equal(before, got); tries++ {
		if tries == 20 {
			t.Fatal("the links do not come to rest")
		}
		before, want = got, ipLinks(t)
		got, links = allAsIP(t, c)
	}
	for name, w := range want {
		l := links[name]
		if w.Info == nil || l == nil {
			continue
		}
		if l.Kind == "bridge" {
			if diff := cmp.Diff(ipBridgeData(t, w.Info.Data), bridgeAsIP(t, l.Data)); diff != "" {
				t.Errorf("bridge %s: - ip, + nslab\n%s", name, diff)
			}
		}
		if (len(w.Info.PortData) > 0) != (len(l.PortData) > 0) {
			t.Errorf("link %s: port data of %d bytes, ip prints %s", name, len(l.PortData), w.Info.PortData)
		}
		w.Info.Data, w.Info.PortData = nil, nil // other kinds and ports are for other packages
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- ip, + nslab\n%s", diff)
	}
	return links
}

func allAsIP(t testing.TB, c *Conn) (map[string]ipLink, map[string]*Link) {
	t.Helper()
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	byIndex, byName, views := make(map[uint32]*Link), make(map[string]*Link), make(map[string]ipLink)
	for i := range links {
		byIndex[links[i].Index], byName[links[i].Name] = &links[i], &links[i]
	}
	for name, l := range byName {
		views[name] = asIP(l, byIndex)
	}
	return views, byName
}
