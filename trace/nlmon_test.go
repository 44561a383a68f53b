package trace

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

// The traffic that the kernel itself shows (nlmon) is the traffic that is seen
// of the traced programs.
func TestCompleteNlmon(t *testing.T) {
	testenv.NeedTool(t, "ip", "sh")
	if out, err := exec.Command("ip", "link", "add", "nlmon0", "type", "nlmon").CombinedOutput(); err != nil {
		t.Skipf("needs a kernel with nlmon (CONFIG_NLMON): %s", out)
	}
	defer testenv.Run(t, "ip", "link", "del", "nlmon0")
	testenv.Run(t, "ip", "link", "set", "nlmon0", "up")
	device, err := net.InterfaceByName("nlmon0")
	if err != nil {
		t.Fatal(err)
	}
	all := uint16(unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20); err != nil {
		t.Log(err) // the default buffer must do
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device.Index}); err != nil {
		t.Fatal(err)
	}
	_, events := run(t, script(`
		for i in 1 2 3; do ip link show lo >/dev/null; done
		ip link add a0 address 02:00:00:00:00:01 type veth peer name b0 address 02:00:00:00:00:02
		ip addr add 192.0.2.1/24 dev a0; ip -batch - <<-E
			link set a0 up
			route add 198.51.100.0/24 via 192.0.2.2 dev a0 onlink
			link set a0 down
		E
		ip link show >/dev/null; ip addr >/dev/null; ip route show table all >/dev/null; ip link del a0; ip link add a0 type nosuch || :`), Options{})
	var want, got []string
	for _, e := range events {
		if d, ok := e.Datagram(); ok && e.Protocol == unix.NETLINK_ROUTE {
			want = append(want, fmt.Sprintf("%x", d.Data))
		}
	}
	b := make([]byte, 1<<20)
	deadline := time.Now().Add(patience)
	for len(got) < len(want) {
		n, from, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
		if err == unix.EAGAIN && time.Now().Before(deadline) {
			continue // the end comes with the datagrams themselves
		}
		if err != nil {
			t.Fatalf("%v; nlmon has %d datagrams, and %d are seen", err, len(got), len(want))
		}
		if protocol := from.(*unix.SockaddrLinklayer).Protocol; protocol>>8|protocol<<8 == unix.NETLINK_ROUTE {
			got = append(got, fmt.Sprintf("%x", b[:n]))
		}
	}
	// nlmon shows an answer when it is queued, while its request is being sent;
	// the program receives it later.
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("nlmon has\n%s\nand seen is\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	t.Logf("%d datagrams", len(want))
}
