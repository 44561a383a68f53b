package live

import (
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
)

func withSettings(t *testing.T, settings string) *topology.Topology {
	t.Helper()
	top, err := topology.Parse("lab.yaml", []byte("name: t\nnodes:\n  a: {sysctls: {"+settings+"}}\n  b: {}\nlinks:\n  - endpoints: [\"a:e0\", \"b:e0\"]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return top
}

// Where no namespace may be made, the kind of a value is told from the
// machine's own.
func TestWrongKindOfValue(t *testing.T) {
	top := withSettings(t, "net.ipv4.ip_forward: x, net.ipv4.conf.e0.rp_filter: 0x1, net.ipv4.tcp_rmem: 1 2 z, net.ipv4.tcp_congestion_control: y")
	refused, err := wrongKind(top, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []sysctl.Setting{{Key: "net.ipv4.ip_forward", Value: "x"}, {Key: "net.ipv4.tcp_rmem", Value: "1 2 z"}} {
		if _, ok := refused[s]; !ok {
			t.Errorf("%v is not refused", s)
		}
		delete(refused, s)
	}
	if len(refused) > 0 {
		t.Errorf("refused: %v", refused)
	}
}

// A value that another setting of the node allows or forbids is tried with
// that.
func TestIntegrationValuesTogether(t *testing.T) {
	for _, tc := range []struct {
		settings string
		refused  int
	}{
		{"net.ipv4.ip_local_port_range: 500 60000", 1},
		{"net.ipv4.ip_local_port_range: 500 60000, net.ipv4.ip_unprivileged_port_start: 0", 0},
	} {
		h, err := nsfs.New()
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		refused, err := refusedValues(h, withSettings(t, tc.settings), nil)
		if err != nil || len(refused) != tc.refused {
			t.Errorf("%s: refused %v, %v", tc.settings, refused, err)
		}
	}
}
