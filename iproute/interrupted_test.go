package iproute

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// interrupter is an Observer that makes every table change while it is read.
type interrupter struct{ tables map[uint16]bool }

func (i *interrupter) Observe(d nlspec.Datagram) {
	if d.Direction != nlspec.Received {
		h := d.Data
		if len(h) >= 16 && binary.NativeEndian.Uint16(h[6:])&unix.NLM_F_DUMP == unix.NLM_F_DUMP {
			i.tables[binary.NativeEndian.Uint16(h[4:])] = true
		}
		return
	}
	for b := d.Data; len(b) >= 16; {
		flags := binary.NativeEndian.Uint16(b[6:])
		binary.NativeEndian.PutUint16(b[6:], flags|unix.NLM_F_DUMP_INTR)
		n := (int(binary.NativeEndian.Uint32(b)) + 3) &^ 3
		if n < 16 || n > len(b) {
			return
		}
		b = b[n:]
	}
}

// TestIntegrationInterrupted shows every object while its table keeps changing.
// The last reading is shown, with iproute2's warning.
func TestIntegrationInterrupted(t *testing.T) {
	testenv.NeedTool(t, "sh", "ip", "bridge")
	testenv.Run(t, "sh", "-c", `ip netns add torn; ip netns add far; ip -n torn netns set far 7; ip -n torn -batch - <<E
link set lo up
link add br0 type bridge
link add v0 type veth peer name v1
link set v0 master br0
link set v0 up
link set v1 up
link set br0 up
address add 10.0.0.1/24 dev br0
neighbor add 10.0.0.2 lladdr 02:00:00:00:00:02 dev br0
rule add from 10.0.0.9 table 5
E`)
	t.Cleanup(func() { testenv.Run(t, "sh", "-c", "ip netns delete torn; ip netns delete far") })
	const warning = "Dump was interrupted and may be inconsistent.\n"
	tables := make(map[uint16]bool)
	for _, tt := range []struct{ line, want string }{
		{"ip -n torn link", "v0@v1"},
		{"ip -n torn -s -d link show type veth", "v0@v1"},
		{"ip -n torn -br link", "v0@v1"},
		{"ip -n torn -j addr", `"10.0.0.1"`},
		{"ip -n torn route show table all", "local 10.0.0.1"},
		{"ip -n torn rule", "from 10.0.0.9"},
		{"ip -n torn neigh show nud all", "10.0.0.2 dev br0"},
		{"ip -n torn netns list-id", "nsid 7"},
		{"ip -n torn link show master br0", "v0@v1"},
		{"bridge -n torn link", "v0@v1"},
		{"bridge -n torn fdb", "dev v0"},
		{"ip netns exec torn brctl show", "br0"},
		{"ip netns exec torn brctl showmacs br0", "yes"},
		{"ip -n torn neigh flush 10.0.0.2 nud permanent", ""},
		{"ip -n torn addr flush dev br0 to 10.0.0.1", ""},
		{"ip -n torn rule flush table 5", ""},
	} {
		t.Run(tt.line, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			s := &Session{
				Engine: &engine.Engine{Observer: &interrupter{tables}, OnInterrupted: TellInterrupted(&stderr)},
				Stdout: &stdout, Stderr: &stderr,
			}
			defer s.Engine.Close()
			words := strings.Fields(tt.line)
			if status := s.Main(t.Context(), words[0], words[1:]); status != 0 {
				t.Errorf("exit status %d", status)
			}
			if !strings.Contains(stdout.String(), tt.want) {
				t.Errorf("it shows %q and not %q", &stdout, tt.want)
			}
			if rest := strings.ReplaceAll(stderr.String(), warning, ""); rest != "" || stderr.Len() == 0 {
				t.Errorf("it says %q", &stderr)
			}
		})
	}
	for _, typ := range []uint16{unix.RTM_GETLINK, unix.RTM_GETADDR, unix.RTM_GETROUTE, unix.RTM_GETRULE, unix.RTM_GETNEIGH, unix.RTM_GETNSID} {
		if !tables[typ] {
			t.Errorf("no command asked for the table %d", typ)
		}
	}
}
