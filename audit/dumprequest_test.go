package audit

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Dump requests with the headers of older programs are read as the kernel reads
// them.
func TestDumpRequestHeaders(t *testing.T) {
	const dump = unix.NLM_F_REQUEST | unix.NLM_F_DUMP
	header := func(family byte, size int) []byte { return append([]byte{family}, make([]byte, size-1)...) }
	ofLink := func(family byte, index uint32) []byte {
		return append(header(family, 4), append(u32(index), make([]byte, 8)...)...)
	}
	mask := attr(unix.IFLA_EXT_MASK, u32(1))
	for _, tt := range []struct {
		name  string
		typ   uint16
		flags uint16
		parts [][]byte
		want  string
	}{
		{"links, of iproute2 before 3.9", unix.RTM_GETLINK, dump, [][]byte{header(unix.AF_INET6, 4), mask}, "family=INET6  IFLA_EXT_MASK=VF"},
		{"links, of libnl", unix.RTM_GETLINK, dump, [][]byte{{unix.AF_INET6}}, "family=INET6"},
		{"links", unix.RTM_GETLINK, dump, [][]byte{ofLink(unix.AF_BRIDGE, 0), mask}, "family=BRIDGE  IFLA_EXT_MASK=VF"},
		{"an FDB, of libnl", unix.RTM_GETNEIGH, dump, [][]byte{ofLink(unix.AF_BRIDGE, 3)}, "family=BRIDGE index=3"},
		{"an FDB, of bridge(8) before 5.0", unix.RTM_GETNEIGH, dump, [][]byte{ofLink(unix.AF_BRIDGE, 0), attr(unix.IFLA_MASTER, u32(4))},
			"family=BRIDGE  IFLA_MASTER=4"},
		{"an FDB", unix.RTM_GETNEIGH, dump, [][]byte{header(unix.AF_BRIDGE, 12), attr(unix.NDA_MASTER, u32(4))}, "family=BRIDGE  NDA_MASTER=4"},
		{"an FDB, by two attributes", unix.RTM_GETNEIGH, dump, [][]byte{header(unix.AF_BRIDGE, 12), attr(unix.NDA_MASTER, u32(4)), attr(unix.NDA_IFINDEX, u32(3))},
			"family=BRIDGE  NDA_MASTER=4 NDA_IFINDEX=3"},
		{"neighbours, of which the kernel reads attributes", unix.RTM_GETNEIGH, dump, [][]byte{ofLink(unix.AF_INET, 0)},
			"family=INET (4 bytes left: 0x00000000)"},
		{"one entry of an FDB", unix.RTM_GETNEIGH, unix.NLM_F_REQUEST, [][]byte{ofLink(unix.AF_BRIDGE, 0)}, "family=BRIDGE (4 bytes left: 0x00000000)"},
		{"addresses, of iproute2 before 5.0", unix.RTM_GETADDR, dump, [][]byte{ofLink(unix.AF_INET, 0), mask}, "family=INET  IFLA_EXT_MASK=VF"},
		{"addresses, of iproute2 before 3.9", unix.RTM_GETADDR, dump, [][]byte{header(unix.AF_INET, 4), mask}, "family=INET  IFLA_EXT_MASK=VF"},
		{"addresses of a link", unix.RTM_GETADDR, dump, [][]byte{header(unix.AF_INET, 4), u32(4)}, "family=INET index=4"},
		{"what is no header at all", unix.RTM_GETADDR, dump, [][]byte{header(unix.AF_INET, 8), {1, 2, 3}}, "family=INET (3 bytes left: 0x010203)"},
		{"routes", unix.RTM_GETROUTE, dump, [][]byte{header(unix.AF_INET, 12), attr(unix.RTA_TABLE, u32(254))}, "family=INET  RTA_TABLE=MAIN"},
		{"routes, of iproute2 before 5.0", unix.RTM_GETROUTE, dump, [][]byte{ofLink(unix.AF_INET, 0), mask}, "family=INET  IFLA_EXT_MASK=VF"},
		{"rules", unix.RTM_GETRULE, dump, [][]byte{ofLink(unix.AF_INET, 0)}, "family=INET"},
		{"namespace IDs", unix.RTM_GETNSID, dump, [][]byte{header(0, 4), mask}, "IFLA_EXT_MASK=VF"},
	} {
		var out strings.Builder
		NewTracer(&out).Observe(sent(msg(tt.typ, tt.flags, 1, tt.parts...)))
		line := strings.TrimSpace(out.String())
		_, got, ok := strings.Cut(strings.TrimSuffix(line, "  "), "seq=1 REQUEST")
		if got = strings.TrimSpace(strings.TrimPrefix(got, "|DUMP")); !ok || got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, line, tt.want)
		}
	}
}
