package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
)

// labAllowed are the differences between a lab and the script that its file
// repeats, in addition to peerstate.Allowed. Every lab has them; docs/labs.md
// lists them.
var labAllowed = []struct {
	difference, reason string
	// drop reports whether an object of this kind ("link", "route", ...) is
	// ignored, or removes what is ignored from it.
	drop func(kind string, o map[string]any) bool
}{
	{"lo is up, with its addresses and the routes to them",
		"a node must reach its own addresses, and a fresh namespace has it down",
		func(kind string, o map[string]any) bool {
			switch kind {
			case "link", "address":
				return o["ifname"] == "lo"
			case "route", "route6":
				dst, _ := o["dst"].(string)
				return o["dev"] == "lo" && (strings.HasPrefix(dst, "127.") || dst == "::1")
			}
			return false
		}},
	{"one queue an end",
		"the kernel's default is one for each processor, which depends on the machine and costs 200 µs a pair; see queues:",
		func(kind string, o map[string]any) bool {
			if info, _ := o["linkinfo"].(map[string]any); info["info_kind"] == "veth" {
				delete(o, "num_tx_queues")
				delete(o, "num_rx_queues")
			}
			return false
		}},
	{"a bridge has an FDB entry for its own MAC address",
		"its address is planned, where the kernel's default is that of a port, which has the entry already",
		func(kind string, o map[string]any) bool {
			return kind == "fdb" && o["ifname"] == o["master"] && o["state"] == "permanent"
		}},
}

// counted returns a state without what labAllowed ignores, and how often each
// of its lines applied.
func counted(s peerstate.State) (peerstate.State, []int) {
	said := make([]int, len(labAllowed))
	kept := make(peerstate.State)
	for ns, kinds := range s {
		kept[ns] = make(map[string][]any)
		for kind, objects := range kinds {
			kept[ns][kind] = []any{}
		objects:
			for _, o := range objects {
				m := maps.Clone(o.(map[string]any))
				for i, a := range labAllowed {
					size := len(m)
					gone := a.drop(kind, m)
					if gone || len(m) < size {
						said[i]++
					}
					if gone {
						continue objects
					}
				}
				kept[ns][kind] = append(kept[ns][kind], m)
			}
		}
	}
	return kept, said
}

// differing returns the namespaces and kinds of objects that differ between two
// states, such as "net0 address".
func differing(a, b peerstate.State) []string {
	var all []string
	for ns, kinds := range a {
		for kind := range kinds {
			part := func(s peerstate.State) peerstate.State { return peerstate.State{ns: {kind: s[ns][kind]}} }
			if peerstate.Diff(part(a), part(b)) != "" {
				all = append(all, ns+" "+kind)
			}
		}
	}
	slices.Sort(all)
	return all
}

// exampleChanges are changes of the examples, each with what must then differ
// from the script, to show that the comparison notices differences.
var exampleChanges = map[string][]struct{ old, new, differs string }{
	"direct": {
		{"10.0.1.1/24", "10.0.1.3/24", "net0 address, net0 route"},
		{"endpoints:", "mtu: 1400\n    endpoints:", "net0 address, net0 link, net1 address, net1 link"},
		{"  net0: {}", "  net0: {routes: [\"10.9.0.0/16 via 10.0.1.2\"]}", "net0 route"},
	},
	"bridge": {
		{"name: br,", "name: br, ageing_time: 200s,", "bridge address, bridge link"},
		{"name: br,", "name: br, stp: on,", "bridge address, bridge link"},
	},
}

// `nslab up` creates from the examples what bash creates, with iproute2 and
// bridge-utils, from the tutorial's scripts that they repeat.
func TestIntegrationExamples(t *testing.T) {
	testenv.NeedTool(t, "bash", "ip", "bridge", "brctl")
	used := make([]int, len(labAllowed))
	for i, tt := range tutorial {
		if !testenv.Row(i) {
			continue
		}
		name := strings.TrimSuffix(tt.script, ".sh")
		t.Run(name, func(t *testing.T) {
			testenv.Run(t, "bash", "-e", filepath.Join("../../examples", tt.script))
			theirs, _ := counted(takeState(t, tt.namespaces))
			file := filepath.Join("../../examples", name+".yaml")
			nslab(t, "up", file)
			defer nslab(t, "down", name)
			settle.Wait(t, tt.namespaces...)
			whole := peerstate.Read(t, tt.namespaces...)
			ours, said := counted(whole)
			for i, n := range said {
				used[i] += n
			}
			links, ports := 0, 0
			for _, ns := range tt.namespaces {
				links += whole.Count(ns, "link")
				ports += whole.Count(ns, "port")
			}
			if links != tt.links || ports != tt.ports {
				t.Errorf("the lab has %d links and %d ports, want %d and %d", links, ports, tt.links, tt.ports)
			}
			if d := peerstate.Diff(theirs, ours); d != "" {
				t.Errorf("bash (-) and nslab (+) differ:\n%s", d)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i, change := range exampleChanges[name] {
				other := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i))
				changed := strings.Replace(string(text), change.old, change.new, 1)
				if changed == string(text) {
					t.Fatalf("%s has no %q", file, change.old)
				}
				if err := os.WriteFile(other, []byte(changed), 0o600); err != nil {
					t.Fatal(err)
				}
				nslab(t, "up", "--replace", other)
				settle.Wait(t, tt.namespaces...)
				got, _ := counted(peerstate.Read(t, tt.namespaces...))
				if d := cmp.Diff(change.differs, strings.Join(differing(theirs, got), ", ")); d != "" {
					t.Errorf("with %q for %q differ (-want +got):\n%s", change.new, change.old, d)
				}
				nslab(t, "up", "--replace", file)
			}
			settle.Wait(t, tt.namespaces...)
			again, _ := counted(peerstate.Read(t, tt.namespaces...))
			if d := peerstate.Diff(theirs, again); d != "" {
				t.Errorf("changed and changed back, the lab differs from the script's (-):\n%s", d)
			}
		})
	}
	for i, n := range used {
		if n == 0 && !t.Failed() {
			t.Errorf("no lab has it that %s: take it out of the list", labAllowed[i].difference)
		}
	}
}

// nslab runs a command line that must succeed, and returns its output.
func nslab(t testing.TB, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if status := run("nslab", args, strings.NewReader(""), &out, &errs); status != 0 {
		t.Fatalf("nslab %s: status %d\n%s%s", strings.Join(args, " "), status, out.String(), errs.String())
	}
	return out.String()
}
