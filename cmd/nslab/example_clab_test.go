package main

import (
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// In examples/frr01, a lab of containerlab, each router's vtysh shows its own
// neighbours, a PC reaches another one, and the machine's /etc stays as it is.
func TestIntegrationExampleClab(t *testing.T) {
	testenv.NeedTool(t, "vtysh", "ping")
	const list = "find /etc -xdev -printf '%p %s %m %u %g %T@ %C@ %l\n' 2>/dev/null | sort"
	before := testenv.Run(t, "sh", "-c", list)
	nslab := link(t, "nslab")
	const script = `
for i in 1 2 3; do
	while [ $(nslab exec frr01/router$i -- vtysh -c 'show ip ospf neighbor' | grep -c Full/) != 2 ]; do sleep 0.2; done
	nslab exec frr01/router$i -- vtysh -c 'show ip ospf' | grep -o 'Router ID: .*'
	nslab exec frr01/router$i -- sh -c 'hostname; vtysh -c "show running-config" | grep ^hostname'
done
until nslab exec frr01/PC1 -- ping -c 1 -W 1 192.168.13.2 >/dev/null; do :; done
until nslab exec frr01/PC2 -- ping -c 1 -W 1 10.10.10.3 >/dev/null; do :; done
nslab exec frr01/PC1 -- cat /etc/lab
`
	cmd := exec.Command(nslab, "run", "../../examples/frr01/frr01.clab.yml", "--", "timeout", "120", "sh", "-c", script)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := regexp.MustCompile(`(?m)^.+$`).FindAllString(string(out), -1)
	var want []string
	for _, i := range []string{"1", "2", "3"} {
		want = append(want, "Router ID: 10.10.10."+i, "router"+i, "hostname router"+i)
	}
	want = append(want, "PC1 of frr01")
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if after := testenv.Run(t, "sh", "-c", list); after != before {
		t.Error("the machine's /etc has changed")
	}
}
