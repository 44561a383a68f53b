package audit

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// step is a line of a fixture: a remark or a datagram.
type step struct {
	remark   string
	datagram nlspec.Datagram
}

// readFixture reads a file of testdata/, as testdata/README.md describes it.
// The port ID of a socket is that of the kernel's next answer.
func readFixture(t testing.TB, name string) []step {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	protocol := unix.NETLINK_ROUTE
	switch {
	case strings.HasPrefix(name, "genl/"):
		protocol = unix.NETLINK_GENERIC
	case strings.HasPrefix(name, "nft/"):
		protocol = unix.NETLINK_NETFILTER
	case strings.HasPrefix(name, "sockdiag/"):
		protocol = unix.NETLINK_SOCK_DIAG
	}
	var steps []step
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			steps = append(steps, step{remark: line})
			continue
		}
		data, err := hex.DecodeString(line[2:])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at = at.Add(1234 * time.Nanosecond)
		d := nlspec.Datagram{Time: at, Protocol: protocol, NetNS: "sw", Direction: nlspec.Received, Data: data}
		switch line[0] {
		case '>':
			d.Direction = nlspec.Sent
		case '<':
			h, _ := nlspec.ParseHeader(data)
			d.PortID = h.PID
			for i := len(steps) - 1; i >= 0 && steps[i].datagram.Direction == nlspec.Sent; i-- {
				steps[i].datagram.PortID = h.PID
			}
		case '*':
			d.Multicast = true
		default:
			t.Fatalf("%s: line %q", name, line)
		}
		steps = append(steps, step{datagram: d})
	}
	if err := lines.Err(); err != nil || len(steps) == 0 {
		t.Fatalf("%s: %d lines, %v", name, len(steps), err)
	}
	return steps
}

// fixtures returns all files of datagrams.
func fixtures(t testing.TB) []string { return append([]string{"types.hex"}, golden(t)...) }

// golden returns the files of datagrams that come with a Tracer's lines.
func golden(t testing.TB) []string {
	return slices.Concat([]string{"ip.hex", "extack.hex", "genl/ctrl.hex", "nft/nft.hex", "sockdiag/ss.hex"}, tcFixtures, routeFixtures(t))
}
