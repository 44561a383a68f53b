package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// A link-local address that comes back goes again where that is undone, and
// none is wanted where somebody has turned IPv6 off.
func TestIntegrationLinkLocalAgain(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const file = "name: t\nnodes:\n  a: {}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv6: on}\n"
	p := &property{}
	const read = "ip -6 -o address show dev eth0 | wc -l; cat /proc/sys/net/ipv6/conf/eth0/addr_gen_mode"
	up(t, nil, file)
	want := p.sh(t, read)
	p.sh(t, "ip -6 address flush dev eth0")
	hand := p.sh(t, read)
	if plan, err := PlanUp(bg, parse(t, file), nil, UpOptions{}); err != nil || len(plan.Steps) != 1 || !strings.HasPrefix(plan.Steps[0].String(), "create address eth0 fe80::") {
		t.Fatalf("%v\n%s", err, words(plan))
	}
	undone(t, file, UpOptions{})
	if got := p.sh(t, read); got != hand || got == want {
		t.Errorf("undone, there is\n%s\nwant\n%s", got, hand)
	}
	up(t, nil, file)
	if got := p.sh(t, read); got != want {
		t.Errorf("there is\n%s\nwant\n%s", got, want)
	}
	settled(t, nil, file)
	// The kernel makes none when the carrier comes back.
	p.sh(t, "ip -6 address flush dev eth0; ip -n t-b link set eth0 down")
	up(t, nil, file)
	if got := p.sh(t, read); got != want {
		t.Errorf("after its peer was down, there is\n%s\nwant\n%s", got, want)
	}
	settled(t, nil, file)
	p.sh(t, "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
	settled(t, nil, file)
}
