package record

import (
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

// fixtures reads datagrams of real traffic.
func fixtures(t testing.TB) (events []audit.Event) {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, name := range []string{"ip.hex", "extack.hex"} {
		for _, e := range readFile(t, filepath.Join("..", "testdata", name), Options{Format: "hex", Protocol: unix.NETLINK_ROUTE}) {
			at = at.Add(1234 * time.Nanosecond)
			e.Time = at
			events = append(events, e)
		}
	}
	return events
}

// recordFixtures writes the fixtures' datagrams to a capture file.
func recordFixtures(t *testing.T, name string) (file string, events []audit.Event) {
	t.Helper()
	file = filepath.Join(t.TempDir(), name)
	w, err := Create(file)
	if err != nil {
		t.Fatal(err)
	}
	events = fixtures(t)
	for i := range events {
		events[i].Program, events[i].PID, events[i].NetNS = "ip", 100+i%3, "lab/h1"
		if err := w.Write(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file, events
}

// tsharkFields has tshark print fields of each packet of a file: for each
// packet, each field's values.
func tsharkFields(t *testing.T, name string, fields ...string) [][][]string {
	t.Helper()
	args := []string{"-n", "-r", name, "-T", "fields", "-E", "aggregator=;"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var packets [][][]string
	for line := range strings.Lines(testenv.Run(t, "tshark", args...)) {
		var packet [][]string
		for column := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), "\t") {
			packet = append(packet, slices.DeleteFunc(strings.Split(column, ";"), func(s string) bool { return s == "" }))
		}
		packets = append(packets, packet)
	}
	return packets
}

// decimal normalises a value: numbers become decimal.
func decimal(s string) string {
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return s
}

func decimals(values []string) string {
	var out []string
	for _, v := range values {
		out = append(out, decimal(v))
	}
	return strings.Join(out, ";")
}

// TestTshark checks that tshark reads the same times, message types, sequence
// numbers and directions that were recorded.
func TestTshark(t *testing.T) {
	testenv.NeedTool(t, "tshark")
	for _, name := range []string{"lab.pcap", "lab.pcapng"} {
		t.Run(name, func(t *testing.T) { testTshark(t, name) })
	}
}

func testTshark(t *testing.T, name string) {
	file, events := recordFixtures(t, name)
	packets := tsharkFields(t, file, "frame.time_epoch", "netlink.hatype", "netlink.family", "netlink-route.nltype", "netlink.hdr_type",
		"netlink.hdr_seq", "frame.interface_name", "frame.packet_flags_direction")
	if len(packets) != len(events) || len(packets) < 60 {
		t.Fatalf("tshark reads %d packets of %d", len(packets), len(events))
	}
	types := map[string]bool{}
	for i, d := range events {
		messages, _ := audit.Decode(d.Protocol, d.Data)
		var route, control, seqs []string
		for _, m := range messages {
			list := &route
			if m.Header.Type < unix.NLMSG_MIN_TYPE {
				list = &control
			}
			*list = append(*list, strconv.Itoa(int(m.Header.Type)))
			seqs = append(seqs, fmt.Sprint(m.Header.Seq))
			if m.Ack != nil && m.Ack.Request.Len != 0 { // tshark also shows the header in the error
				control = append(control, strconv.Itoa(int(m.Ack.Request.Type)))
				seqs = append(seqs, fmt.Sprint(m.Ack.Request.Seq))
			}
			types[m.Name] = true
		}
		want := []string{
			fmt.Sprintf("%d.%09d", d.Time.Unix(), d.Time.Nanosecond()), strconv.Itoa(unix.ARPHRD_NETLINK), "0",
			strings.Join(route, ";"), strings.Join(control, ";"), strings.Join(seqs, ";"), "", "",
		}
		if name == "lab.pcapng" {
			want[6] = fmt.Sprintf("lab%%2Fh1/ip/%d", d.PID)
			want[7] = "1"
			if d.Op == audit.OpSend {
				want[7] = "2"
			}
		}
		for f, w := range want {
			if got := decimals(packets[i][f]); got != w {
				t.Errorf("packet %d, field %d: tshark says %q, want %q", i+1, f, got, w)
			}
		}
	}
	if len(types) < 14 {
		t.Errorf("only %d types of messages were compared: %v", len(types), types)
	}

	// tshark has no field for the packet type, so look for it in the bytes that
	// it read.
	var raw []struct {
		Source struct {
			Layers struct {
				Frame []any `json:"frame_raw"`
			} `json:"layers"`
		} `json:"_source"`
	}
	if err := json.Unmarshal([]byte(testenv.Run(t, "tshark", "-n", "-r", file, "-T", "jsonraw")), &raw); err != nil {
		t.Fatal(err)
	}
	if len(raw) != len(events) {
		t.Fatalf("tshark prints %d packets of %d", len(raw), len(events))
	}
	for i, d := range events {
		want := "0000"
		if d.Op == audit.OpSend {
			want = "0004"
		}
		if got := fmt.Sprint(raw[i].Source.Layers.Frame[0])[:4]; got != want {
			t.Errorf("packet %d has type %s, want %s", i+1, got, want)
		}
	}
}

// TestDecodeAgainstTshark compares fields and attributes with tshark's for the
// same bytes.
func TestDecodeAgainstTshark(t *testing.T) {
	testenv.NeedTool(t, "tshark")
	name, datagrams := recordFixtures(t, "lab.pcap")
	table := []struct{ tshark, message, value string }{
		{"netlink-route.ifi_family", "LINK", "family"}, {"netlink-route.ifi_type", "LINK", "type"},
		{"netlink-route.ifi_index", "LINK", "index"}, {"netlink-route.ifi_flags", "LINK", "flags"},
		{"netlink-route.ifi_change", "LINK", "change"},
		{"netlink-route.ifla_ifname", "LINK", "IFLA_IFNAME"}, {"netlink-route.ifla_mtu", "LINK", "IFLA_MTU"},
		{"netlink-route.ifla_txqlen", "LINK", "IFLA_TXQLEN"}, {"netlink-route.ifla_operstate", "LINK", "IFLA_OPERSTATE"},
		{"netlink-route.ifla_promiscuity", "LINK", "IFLA_PROMISCUITY"}, {"netlink-route.ifla_txqnum", "LINK", "IFLA_NUM_TX_QUEUES"},
		{"netlink-route.ifla_rxqnum", "LINK", "IFLA_NUM_RX_QUEUES"}, {"netlink-route.ifla_group", "LINK", "IFLA_GROUP"},
		{"netlink-route.ifla_gso_maxsize", "LINK", "IFLA_GSO_MAX_SIZE"}, {"netlink-route.ifla_gso_maxsegs", "LINK", "IFLA_GSO_MAX_SEGS"},
		{"netlink-route.ifla_carrier", "LINK", "IFLA_CARRIER"}, {"netlink-route.ifla_carrier_changes", "LINK", "IFLA_CARRIER_CHANGES"},
		{"netlink-route.ifla_hwaddr", "LINK", "IFLA_ADDRESS"}, {"netlink-route.ifla_broadcast", "LINK", "IFLA_BROADCAST"},
		{"netlink-route.ifla_carrier_up_count", "LINK", "IFLA_CARRIER_UP_COUNT"}, {"netlink-route.ifla_min_mtu", "LINK", "IFLA_MIN_MTU"},
		{"netlink-route.ifla_max_mtu", "LINK", "IFLA_MAX_MTU"},
		{"netlink-route.ifa_family", "ADDR", "family"}, {"netlink-route.ifa_prefixlen", "ADDR", "prefixlen"},
		{"netlink-route.ifa_scope", "ADDR", "scope"}, {"netlink-route.ifa_index", "ADDR", "index"},
		{"netlink-route.ifa_label", "ADDR", "IFA_LABEL"}, {"netlink-route.ifa_flags32", "ADDR", "IFA_FLAGS"},
		{"netlink-route.rt_family", "ROUTE", "family"}, {"netlink-route.rt_dst_len", "ROUTE", "dst_len"},
		{"netlink-route.rt_table", "ROUTE", "table"}, {"netlink-route.rt_protocol", "ROUTE", "protocol"},
		{"netlink-route.rt_scope", "ROUTE", "scope"}, {"netlink-route.rt_type", "ROUTE", "type"},
		{"netlink-route.rt_flags", "ROUTE", "flags"}, {"netlink-route.rta_oif", "ROUTE", "RTA_OIF"},
		{"netlink-route.nd_family", "NEIGH", "family"}, {"netlink-route.nd_index", "NEIGH", "ifindex"},
		{"netlink-route.nd_state", "NEIGH", "state"}, {"netlink-route.nd_type", "NEIGH", "type"},
	}
	var fields []string
	for _, row := range table {
		fields = append(fields, row.tshark)
	}
	packets := tsharkFields(t, name, fields...)
	if len(packets) != len(datagrams) {
		t.Fatalf("tshark reads %d packets of %d", len(packets), len(datagrams))
	}
	compared := make([]int, len(table))
	for i, d := range datagrams {
		messages, _ := audit.Decode(d.Protocol, d.Data)
		for f, row := range table {
			var want []string
			for _, m := range messages {
				if !strings.HasPrefix(m.Name, "RTM_") || m.Name[len("RTM_NEW"):] != row.message {
					continue
				}
				for _, v := range append(slices.Clone(m.Fields), m.Attrs...) {
					if v.Name == row.value {
						want = append(want, contentText(v))
					}
				}
			}
			got := decimals(packets[i][f])
			if w := strings.Join(want, ";"); got != w {
				t.Errorf("packet %d: %s is %q for tshark, %s is %q", i+1, row.tshark, got, row.value, w)
			}
			compared[f] += len(want)
		}
	}
	for f, row := range table {
		if compared[f] == 0 {
			t.Errorf("nothing had a %s to compare", row.tshark)
		}
	}
}

func contentText(v audit.Value) string {
	if a, ok := v.Content.(net.HardwareAddr); ok {
		return a.String()
	}
	return fmt.Sprint(v.Content)
}
