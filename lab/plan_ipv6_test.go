package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// A link-local address that comes back goes again where that is undone, and none is wanted
// where somebody has turned IPv6 off.
func TestIntegrationLinkLocalAgain(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const file = "name: t\nnodes:\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv6: on}\n"
	p := &property{}
	const read = "ip -6 -o address show dev eth0 | wc -l; cat /proc/sys/net/ipv6/conf/eth0/addr_gen_mode"
	up(t, nil, file)
	want := p.sh(t, read)
	p.sh(t, "ip -6 address flush dev eth0")
	hand := p.sh(t, read)
	var re *RunError
	fails := strings.Replace(file, "  b: {}\n", "  b: {}\n  zz: {exec: [\"false\"]}\n", 1)
	if _, err := Up(bg, parse(t, fails), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil || re.Total != 4 {
		t.Fatalf("a change that fails: %v", err)
	}
	if got := p.sh(t, read); got != hand || got == want {
		t.Errorf("undone, there is\n%s\nwant\n%s", got, hand)
	}
	up(t, nil, file)
	if got := p.sh(t, read); got != want {
		t.Errorf("there is\n%s\nwant\n%s", got, want)
	}
	settled(t, nil, file)
	p.sh(t, "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
	settled(t, nil, file)
}
