package plan

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The order in which stages are planned, as the table and their needs give it.
var wantStages = []string{
	"hosts.change", "namespace.recreate", "namespace.create", "neighbour.prune", "sysctl.namespace",
	"bridge.create", "bridge.pin-mtu", "address.delete", "interface", "link", "sysctl.link", "loopback", "interface.port", "port", "vlan", "bridge.up",
	"interface.stacked", "sysctl.stacked", "interface.remove", "link.remove", "bridge.remove", "foreign-link.prune", "route", "rule.prune", "attribute.prune", "kernel-route.restore", "qdisc", "limits", "keeper",
	"name.remove", "namespace.remove", "bridge.mtu", "sysctl.link-mtu", "process", "exec",
}

func TestPlanOrder(t *testing.T) {
	order, err := planOrder(resources)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range order {
		names = append(names, s.name)
	}
	if !slices.Equal(names, wantStages) {
		t.Errorf("order is\n%s\nwant\n%s", strings.Join(names, "\n"), strings.Join(wantStages, "\n"))
	}
}

// Needs hold whatever the order of the table is.
func TestPlanOrderOfAnyTable(t *testing.T) {
	table := slices.Clone(resources)
	for range 100 {
		rand.Shuffle(len(table), func(i, k int) { table[i], table[k] = table[k], table[i] })
		order, err := planOrder(table)
		if err != nil {
			t.Fatal(err)
		}
		if len(order) != len(wantStages) {
			t.Fatalf("%d stages, want %d", len(order), len(wantStages))
		}
		done := make(map[string]bool)
		last := false
		for _, s := range order {
			for _, n := range s.needs {
				if !done[n.stage] {
					t.Errorf("%s comes before %s", s.name, n.stage)
				}
				if n.why == "" {
					t.Errorf("%s does not say why it needs %s", s.name, n.stage)
				}
			}
			if last && !s.last {
				t.Errorf("%s comes after one that is last", s.name)
			}
			done[s.name], last = true, s.last
		}
	}
}

func TestPlanOrderMistakes(t *testing.T) {
	one := func(name, on string, last bool) *resource {
		s := stage{name: name, last: last}
		if on != "" {
			s.needs = []need{{stage: on, why: "why"}}
		}
		return &resource{stages: []stage{s}}
	}
	for _, test := range []struct {
		name, want string
		table      []*resource
	}{
		{"unknown", `planning: stage "a" needs "b", which does not exist`, []*resource{one("a", "b", false)}},
		{"itself", `planning: what these stages need cannot come before them: a`, []*resource{one("a", "a", false), one("b", "", false)}},
		{"cycle", `planning: what these stages need cannot come before them: a, b`, []*resource{one("a", "b", false), one("b", "a", false), one("c", "", true)}},
		{"one that is last", `planning: what these stages need cannot come before them: a`, []*resource{one("a", "b", false), one("b", "", true)}},
		{"twice", `planning: two stages are called "a"`, []*resource{one("a", "", false), one("a", "", true)}},
	} {
		if _, err := planOrder(test.table); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is %v, want %s", test.name, err, test.want)
		}
	}
}

// Each object that a step may be about is in the table, once.
func TestObjects(t *testing.T) {
	known := make(map[string]bool)
	for _, r := range resources {
		for _, o := range r.objects {
			if known[o.name] {
				t.Errorf("object %q is there twice", o.name)
			}
			known[o.name] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Step\{Verb: \w+, Object: "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			used++
			if !known[m[1]] {
				t.Errorf("%s: no resource has the object %q", f, m[1])
			}
		}
	}
	if used < 10 {
		t.Errorf("found %d steps in the source", used)
	}
}
