package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// In examples/ospf.yaml each router's vtysh talks to the router's own daemons,
// and a PC reaches another one as soon as the lab is up. The machine's files
// stay as they are.
func TestIntegrationExampleOSPF(t *testing.T) {
	testenv.NeedTool(t, "vtysh", "ping")
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		t.Fatal(err)
	}
	nslab := link(t, "nslab")
	for _, tt := range []struct {
		name   string
		argv   []string
		output *regexp.Regexp
		want   []string
	}{
		{"r1's neighbours", []string{"--node", "r1", "../../examples/ospf.yaml", "--", "vtysh", "-c", "show ip ospf neighbor"},
			regexp.MustCompile(`Full/\S+ .*? (10\.\S+) +eth`), []string{"10.1.12.2", "10.1.31.1"}},
		{"r3's neighbours", []string{"--node", "r3", "../../examples/ospf.yaml", "--", "vtysh", "-c", "show ip ospf neighbor"},
			regexp.MustCompile(`Full/\S+ .*? (10\.\S+) +eth`), []string{"10.1.23.1", "10.1.31.2"}},
		{"pc1 to pc3", []string{"--node", "pc1", "../../examples/ospf.yaml", "--", "ping", "-c", "1", "-w", "60", "10.0.3.2"},
			regexp.MustCompile(` (\d+) received`), []string{"1"}},
	} {
		out, err := exec.Command(nslab, append([]string{"run"}, tt.argv...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.name, err, out)
		}
		var got []string
		for _, m := range tt.output.FindAllSubmatch(out, -1) {
			got = append(got, string(m[1]))
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q\n%s", tt.name, got, tt.want, out)
		}
	}
	after, err := os.ReadFile("/etc/group")
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(groups) {
		t.Error("/etc/group has changed")
	}
}
