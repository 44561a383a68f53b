package bridge

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

const operUp = 6 // IF_OPER_UP, include/uapi/linux/if.h

// Indices of the links of ports.
const (
	brIndex = 20
	p1Index = 10
	p2Index = 12
)

// ports creates bridge br with the ports p1 and p2, and waits until they
// forward.
func ports(t *testing.T, c *rtnl.Conn) {
	t.Helper()
	ctx := t.Context()
	m, err := rtnl.Listen(&rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK}})
	must(t, err)
	defer m.Close()
	// In the default VLAN, the kernel would list each FDB entry twice.
	must(t, c.Do(ctx, &rtnl.LinkAdd{Name: "br", Index: brIndex, Kind: &rtnl.Bridge{VLANDefaultPVID: rtnl.Some(uint16(0))}}))
	for i, name := range []string{"1", "2"} {
		index := uint32(p1Index + 2*i)
		must(t, c.Do(ctx, &rtnl.LinkAdd{Name: "p" + name, Index: index, Kind: &rtnl.Veth{
			Peer: &rtnl.VethPeer{Name: "q" + name, Index: index + 1}}, LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(brIndex))}}))
		for _, dev := range []string{"p", "q"} {
			up := rtnl.LinkSet{Link: rtnl.LinkName(dev + name)}
			up.Up()
			must(t, c.Do(ctx, &up))
		}
	}
	must(t, c.Do(ctx, func() *rtnl.LinkSet { s := &rtnl.LinkSet{Link: rtnl.LinkName("br")}; s.Up(); return s }()))
	waiting := map[uint32]bool{p1Index: true, p2Index: true}
	for len(waiting) > 0 {
		n, err := m.Receive(ctx)
		must(t, err)
		if n.Type != unix.RTM_NEWLINK {
			continue
		}
		l, err := rtnl.DecodeLink(n.Message)
		must(t, err)
		if l.Family != unix.AF_BRIDGE {
			continue
		}
		p, err := DecodePort(l.ProtInfo)
		must(t, err)
		if l.OperState == operUp && p.State == on(Forwarding) {
			delete(waiting, l.Index)
		}
	}
}

// traced returns the messages that a program sent, complete.
func traced(t *testing.T, line string) [][]byte {
	t.Helper()
	testenv.NeedTool(t, "strace")
	log := t.TempDir() + "/strace"
	args := append([]string{"-e", "trace=sendmsg,sendto", "-e", "write=all", "-o", log}, strings.Fields(line)...)
	if out, err := exec.Command("strace", args...).CombinedOutput(); err != nil {
		t.Logf("%s: %v: %s", line, err, bytes.TrimSpace(out))
	}
	dump, err := os.ReadFile(log)
	must(t, err)
	var data []byte
	for l := range strings.Lines(string(dump)) {
		if strings.HasPrefix(l, " | ") && len(l) > 60 {
			b, err := hex.DecodeString(strings.Join(strings.Fields(l[9:59]), ""))
			must(t, err)
			data = append(data, b...)
		}
	}
	var msgs [][]byte
	for len(data) >= 16 {
		n := int(binary.NativeEndian.Uint32(data))
		msgs = append(msgs, data[:n])
		data = data[min((n+3)&^3, len(data)):]
	}
	return msgs
}

// recorder keeps the last message sent.
type recorder struct {
	mu  sync.Mutex
	msg []byte
}

func (r *recorder) Observe(d nlspec.Datagram) {
	if d.Direction == nlspec.Sent {
		r.mu.Lock()
		r.msg = bytes.Clone(d.Data)
		r.mu.Unlock()
	}
}

// sent returns the message of a request, whatever the kernel answers.
func sent(t *testing.T, req rtnl.Request) []byte {
	t.Helper()
	var r recorder
	c, err := rtnl.Dial(&rtnl.Config{Observer: &r})
	must(t, err)
	defer c.Close()
	if err := c.Do(t.Context(), req); errors.Is(err, rtnl.ErrInvalid) {
		t.Fatal(err)
	}
	return r.msg
}

// plain omits what only the socket knows: sequence number, port, and the flags
// NLM_F_REQUEST and NLM_F_ACK.
func plain(msg []byte) string {
	b := bytes.Clone(msg)
	flags := binary.NativeEndian.Uint16(b[6:]) &^ (unix.NLM_F_REQUEST | unix.NLM_F_ACK)
	binary.NativeEndian.PutUint16(b[6:], flags)
	clear(b[8:16])
	return hex.EncodeToString(b)
}

func on[T any](v T) rtnl.Opt[T] { return rtnl.Some(v) }

// portCases are options with their words in bridge(8), or in ip(8) if bridge(8)
// has none.
var portCases = []struct {
	opts   PortOptions
	bridge string
	ip     string
}{
	{PortOptions{BPDUGuard: on(true)}, "guard on", "guard on"},
	{PortOptions{Hairpin: on(true)}, "hairpin on", "hairpin on"},
	{PortOptions{FastLeave: on(true)}, "fastleave on", "mcast_fast_leave on"},
	{PortOptions{RootBlock: on(true)}, "root_block on", "root_block on"},
	{PortOptions{Flood: on(false)}, "flood off", "flood off"},
	{PortOptions{MulticastRouter: on(uint8(2))}, "mcast_router 2", "mcast_router 2"},
	{PortOptions{MulticastFlood: on(false)}, "mcast_flood off", "mcast_flood off"},
	{PortOptions{BroadcastFlood: on(false)}, "bcast_flood off", "bcast_flood off"},
	{PortOptions{MulticastToUnicast: on(true)}, "mcast_to_unicast on", "mcast_to_unicast on"},
	{PortOptions{Learning: on(false)}, "learning off", "learning off"},
	{PortOptions{LearningSync: on(true)}, "learning_sync on", ""},
	{PortOptions{PathCost: on(uint32(77))}, "cost 77", "cost 77"},
	{PortOptions{Priority: on(uint16(9))}, "priority 9", "priority 9"},
	{PortOptions{State: on(Listening)}, "state listening", "state 1"},
	{PortOptions{NeighSuppress: on(true)}, "neigh_suppress on", "neigh_suppress on"},
	{PortOptions{VLANTunnel: on(true)}, "vlan_tunnel on", "vlan_tunnel on"},
	{PortOptions{Isolated: on(true)}, "isolated on", "isolated on"},
	{PortOptions{Locked: on(true)}, "locked on", "locked on"},
	{PortOptions{BackupPort: on(rtnl.LinkIndex(p2Index))}, "backup_port p2", "backup_port p2"},
	{PortOptions{BackupPort: on(rtnl.LinkRef{})}, "nobackup_port", "nobackup_port"},
	{PortOptions{ProxyARP: on(true)}, "", "proxy_arp on"},
	{PortOptions{ProxyARPWifi: on(true)}, "", "proxy_arp_wifi on"},
	{PortOptions{GroupFwdMask: on(uint16(0x4000))}, "", "group_fwd_mask 16384"},
	{PortOptions{FDBFlush: true}, "", "fdb_flush"},
	{PortOptions{State: on(Forwarding), PathCost: on(uint32(3)), Hairpin: on(false), Isolated: on(true), Learning: on(true)},
		"isolated on learning on hairpin off state forwarding cost 3", ""},
}

// A PortSet equals, byte for byte, what bridge(8) sends. An option equals what
// ip(8) sends.
func TestPortGolden(t *testing.T) {
	testenv.NeedTool(t, "bridge", "ip", "strace")
	c := dial(t)
	ports(t, c)
	last := func(line string) []byte {
		msgs := traced(t, line)
		if len(msgs) == 0 {
			t.Fatalf("%s sent nothing", line)
		}
		return msgs[len(msgs)-1]
	}
	for _, tt := range portCases {
		if tt.bridge != "" {
			theirs, ours := last("bridge link set dev p1 "+tt.bridge), sent(t, &PortSet{Link: rtnl.LinkIndex(p1Index), Options: tt.opts})
			if plain(theirs) != plain(ours) {
				t.Errorf("%s:\nbridge %s\nours   %s", tt.bridge, plain(theirs), plain(ours))
			}
		}
		if tt.ip != "" {
			theirs := last("ip link set dev p1 type bridge_slave " + tt.ip)
			ours := sent(t, &rtnl.LinkSet{Link: rtnl.LinkIndex(p1Index), Port: &tt.opts})
			// The content of IFLA_INFO_SLAVE_DATA, which comes last.
			from := len(ours) - 8
			if tt.opts.FDBFlush {
				from = len(ours) - 4
			}
			if !bytes.HasSuffix(theirs, ours[from:]) {
				t.Errorf("%s:\nip   %x\nours %x", tt.ip, theirs, ours)
			}
			if !bytes.Contains(ours, append([]byte{11, 0, 4, 0}, "bridge\x00"...)) {
				t.Errorf("%s: no IFLA_INFO_SLAVE_KIND in %x", tt.ip, ours)
			}
		}
	}
	for _, tt := range []struct {
		words string
		req   PortSet
	}{
		{"self", PortSet{Side: Self}},
		{"master cost 4", PortSet{Side: Master, Options: PortOptions{PathCost: on(uint32(4))}}},
		{"self master", PortSet{Side: Self | Master}},
		{"hwmode vepa", PortSet{Side: Self, Mode: on(VEPA)}},
		{"hwmode veb", PortSet{Side: Self, Mode: on(VEB)}},
	} {
		tt.req.Link.Index = p1Index
		theirs, ours := last("bridge link set dev p1 "+tt.words), sent(t, &tt.req)
		if plain(theirs) != plain(ours) {
			t.Errorf("%s:\nbridge %s\nours   %s", tt.words, plain(theirs), plain(ours))
		}
	}
}

// portState returns what ip(8) reports about a port's options.
func portState(t *testing.T, name string) map[string]any {
	t.Helper()
	var l []struct {
		LinkInfo struct {
			Data map[string]any `json:"info_slave_data"`
		} `json:"linkinfo"`
	}
	must(t, json.Unmarshal([]byte(testenv.Run(t, "ip", "-j", "-d", "link", "show", name)), &l))
	d := l[0].LinkInfo.Data
	if len(d) < 20 {
		t.Fatalf("%s: only %d options: %v", name, len(d), d)
	}
	for _, k := range []string{"id", "no", "designated_port", "hold_timer", "message_age_timer", "forward_delay_timer"} {
		delete(d, k)
	}
	return d
}

// What this package sets on one port equals what the peers set on another, and
// what DecodePort reads.
func TestIntegrationPortOptions(t *testing.T) {
	testenv.NeedTool(t, "bridge", "ip")
	for _, tt := range portCases {
		words := tt.bridge
		run := []string{"bridge", "link", "set", "dev", "p2"}
		if words == "" {
			words, run = tt.ip, []string{"ip", "link", "set", "dev", "p2", "type", "bridge_slave"}
		}
		t.Run(words, func(t *testing.T) {
			c := dial(t)
			ports(t, c)
			opts := tt.opts
			// Each port is the other's backup.
			theirs := strings.ReplaceAll(words, "p2", "p1")
			before := portState(t, "p1")
			must(t, SetPort(t.Context(), c, "br", "p1", opts))
			if _, has := before["locked"]; opts.Locked.IsSet() && !has {
				t.Skip("this kernel has no IFLA_BRPORT_LOCKED (Linux 5.18)")
			}
			testenv.Run(t, run[0], append(run[1:], strings.Fields(theirs)...)...)
			a, b := portState(t, "p1"), portState(t, "p2")
			if a["backup_port"] == "p2" && b["backup_port"] == "p1" {
				b["backup_port"] = "p2"
			}
			if d := cmp.Diff(b, a); d != "" {
				t.Errorf("theirs (-) and ours (+):\n%s", d)
			}
			silent := tt.opts.FDBFlush || tt.opts.LearningSync.IsSet() || tt.opts.BackupPort == on(rtnl.LinkRef{})
			if (cmp.Diff(before, a) == "") != silent {
				t.Errorf("what ip shows changed: %v", !silent)
			}
			// The same again with PortSet.
			must(t, c.Do(t.Context(), &PortSet{Link: rtnl.LinkIndex(p1Index), Options: opts}))
			br, err := Get(t.Context(), c, "br")
			must(t, err)
			checkRead(t, br.Ports[0].PortOptions, tt.opts)
		})
	}
}

// checkRead reports options that are set in want and differ in got.
func checkRead(t *testing.T, got, want PortOptions) {
	t.Helper()
	// These are not reported.
	want.FDBFlush, want.LearningSync = false, rtnl.Opt[bool]{}
	if want.BackupPort == on(rtnl.LinkRef{}) {
		want.BackupPort = rtnl.Opt[rtnl.LinkRef]{}
	}
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range w.NumField() {
		if !w.Field(i).IsZero() && !w.Field(i).Equal(g.Field(i)) {
			t.Errorf("%s is %v, want %v", w.Type().Field(i).Name, g.Field(i), w.Field(i))
		}
	}
}

// Options for which the peers have no words are read back as they were set.
func TestIntegrationNewPortOptions(t *testing.T) {
	c := dial(t)
	ports(t, c)
	opts := PortOptions{MAB: on(true), Locked: on(true), Learning: on(true), NeighVLANSuppress: on(true),
		MulticastMaxGroups: on(uint32(17)), MulticastEHTHostsLimit: on(uint32(33))}
	must(t, SetPort(t.Context(), c, "br", "p1", opts))
	br, err := Get(t.Context(), c, "br")
	must(t, err)
	got := br.Ports[0].PortInfo
	if !got.MAB.IsSet() {
		t.Skip("this kernel has no IFLA_BRPORT_MAB (Linux 6.2)")
	}
	if got.MAB != opts.MAB || got.Locked != opts.Locked || got.Learning != opts.Learning ||
		got.MulticastEHTHostsLimit != opts.MulticastEHTHostsLimit {
		t.Errorf("got %+v", got)
	}
	if got.MulticastMaxGroups.IsSet() && got.MulticastMaxGroups != opts.MulticastMaxGroups ||
		got.NeighVLANSuppress.IsSet() && got.NeighVLANSuppress != opts.NeighVLANSuppress {
		t.Errorf("got %+v", got)
	}
	if got.Number != 1 || got.ID != 0x8001 || got.DesignatedPort != 0x8001 || got.DesignatedRoot != br.Info.RootID || got.DesignatedBridge != br.Info.BridgeID {
		t.Errorf("got %+v", got)
	}
}

func TestIntegrationSetPortRefused(t *testing.T) {
	c := dial(t)
	ports(t, c)
	ctx := t.Context()
	must(t, Add(ctx, c, "other", rtnl.Bridge{}))
	cost := PortOptions{PathCost: on(uint32(5))}
	for _, tt := range []struct {
		err  error
		want error
		text string
	}{
		{SetPort(ctx, c, "other", "p1", cost), ErrNotPort, `set options on bridge "other" port "p1" in "sw": not a port of the bridge`},
		{SetPort(ctx, c, "br", "q1", cost), unix.EINVAL, ""},
		{SetPort(ctx, c, "none", "p1", cost), fs.ErrNotExist, ""},
		{SetPort(ctx, c, "br", "none", cost), fs.ErrNotExist, ""},
		{SetPort(ctx, c, "p1", "p1", cost), ErrNotBridge, ""},
		{SetPort(ctx, c, "br", "p1", PortOptions{PathCost: on(uint32(70000))}), unix.ERANGE, ""},
		{c.Do(ctx, &PortSet{Link: rtnl.LinkIndex(p1Index + 1), Options: cost}), unix.EOPNOTSUPP, `set bridge port index 11 in "sw": operation not supported (EOPNOTSUPP)`},
		{c.Do(ctx, &PortSet{Options: cost}), rtnl.ErrInvalid, "invalid request: bridge port: no interface given"},
		{Set(ctx, c, "p1", rtnl.Bridge{AgeingTime: on(time.Second)}), unix.EOPNOTSUPP, ""},
		{Set(ctx, c, "br", rtnl.Bridge{HelloTime: on(99 * time.Second)}), unix.ERANGE, ""},
	} {
		if !errors.Is(tt.err, tt.want) || tt.text != "" && tt.err.Error() != tt.text {
			t.Errorf("got  %v\nwant %v %s", tt.err, tt.want, tt.text)
		}
	}
	br, err := Get(ctx, c, "br")
	must(t, err)
	if got := br.Ports[0].PathCost; got != on(uint32(2)) {
		t.Errorf("the cost is %v", got)
	}
}

// This package and brctl read a timer as it was set.
func TestIntegrationSet(t *testing.T) {
	testenv.NeedTool(t, "brctl")
	testenv.NeedSysfs(t)
	c := dial(t)
	ctx := context.Background()
	must(t, Add(ctx, c, "br", rtnl.Bridge{}))
	must(t, Set(ctx, c, "br", rtnl.Bridge{ForwardDelay: on(4 * time.Second), HelloTime: on(3 * time.Second), MaxAge: on(7 * time.Second),
		AgeingTime: on(50 * time.Second), STPState: on(uint32(1)), Priority: on(uint16(0x1234))}))
	b, err := Get(ctx, c, "br")
	must(t, err)
	if b.Info.ForwardDelay != on(4*time.Second) || b.Info.STPState != on(uint32(1)) || b.Info.BridgeID[:2][0] != 0x12 {
		t.Errorf("got %+v", b.Info)
	}
	out := testenv.Run(t, "brctl", "showstp", "br")
	for _, want := range []string{"bridge id\t\t1234.", "max age\t\t   7.00", "hello time\t\t   3.00", "forward delay\t\t   4.00", "ageing time\t\t  50.00"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
