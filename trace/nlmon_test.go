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
	"github.com/nslab/nslab/nlspec"
)

// packetKernel is PACKET_KERNEL of include/uapi/linux/if_packet.h: to the kernel. What goes to a program is PACKET_USER.
const packetKernel = 7

// What the kernel itself shows of all netlink traffic (nlmon) is what is seen of the programs that make it.
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
		t.Log(err) // then what the buffer has room for must do
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
	want := map[bool][]string{}
	for _, e := range events {
		if d, ok := e.Datagram(); ok && e.Protocol == unix.NETLINK_ROUTE {
			sent := d.Direction == nlspec.Sent
			want[sent] = append(want[sent], fmt.Sprintf("%x", d.Data))
		}
	}
	got := map[bool][]string{}
	b := make([]byte, 1<<20)
	deadline := time.Now().Add(patience)
	for len(got[true]) < len(want[true]) || len(got[false]) < len(want[false]) {
		n, from, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
		if err == unix.EAGAIN && time.Now().Before(deadline) {
			continue // all has been queued: it comes with the datagrams themselves
		}
		if err != nil {
			t.Fatalf("%v; nlmon has %d sent and %d received datagrams, of %d and %d", err, len(got[true]), len(got[false]), len(want[true]), len(want[false]))
		}
		ll := from.(*unix.SockaddrLinklayer)
		if protocol := ll.Protocol>>8 | ll.Protocol<<8; protocol == unix.NETLINK_ROUTE {
			sent := ll.Pkttype == packetKernel
			got[sent] = append(got[sent], fmt.Sprintf("%x", b[:n]))
		}
	}
	for sent := range want {
		if !slices.Equal(got[sent], want[sent]) {
			t.Errorf("sent %t: nlmon has\n%s\nand seen is\n%s", sent, strings.Join(got[sent], "\n"), strings.Join(want[sent], "\n"))
		}
	}
	t.Logf("%d datagrams sent, %d received", len(want[true]), len(want[false]))
}
