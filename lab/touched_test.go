package lab

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// talk records which namespaces anything is sent to.
type talk struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (c *talk) Observe(d nlspec.Datagram) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = make(map[string]bool)
	}
	c.seen[d.NetNS] = true
}

const untouchedBase = `
name: t
nodes:
  sw: {kind: bridge}
  h: {count: 4}
  r1: {kind: router}
  r2: {kind: router}
links:
  - {endpoints: ["h*:eth0", sw], subnet: 10.0.0.0/24}
  - {endpoints: ["r1:e", "r2:e"], subnet: 10.0.1.0/30}
`

// Without a refresh only nodes are looked at that the change is about.
func TestIntegrationNoRefresh(t *testing.T) {
	for _, tt := range []struct {
		name        string
		from, to    string
		words       []string
		looked      []string
		forgetsHand bool
	}{
		{name: "nothing", from: "name: t", to: "name: t", words: nil},
		{name: "a link's MTU", from: "subnet: 10.0.1.0/30}", to: "subnet: 10.0.1.0/30, mtu: 1400}",
			words: []string{"~ link e in r1: mtu 1500 -> mtu 1400", "~ link e in r2: mtu 1500 -> mtu 1400"}, looked: []string{"r1", "r2"}},
		{name: "a node more", from: "h: {count: 4}", to: "h: {count: 5}",
			words: []string{"+ namespace t-h5", "+ link h5:eth0 sw:h5-eth0 in h5", "+ address eth0 10.0.0.5/24 in h5", "~ link lo in h5: down -> up"}, looked: []string{"h5", "sw"}},
		{name: "a node less", from: "h: {count: 4}", to: "h: {count: 3}",
			words: []string{"- link h4:eth0 sw:h4-eth0 in h4", "- name /run/netns/t-h4", "- namespace h4"}, looked: []string{"h4", "sw"}},
		{name: "a kind", from: "r2: {kind: router}", to: "r2: {}",
			words: []string{"~ sysctl net.ipv4.ip_forward in r2: 1 -> 0", "~ sysctl net.ipv6.conf.all.forwarding in r2: 1 -> 0"}, looked: []string{"r2"}},
		{name: "all names", from: "name: t", to: "name: t\nprefix: x-", forgetsHand: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			up(t, nil, untouchedBase)
			testenv.Run(t, "ip", "-n", "t-h1", "link", "set", "eth0", "down")
			var talk talk
			changed := parse(t, strings.Replace(untouchedBase, tt.from, tt.to, 1))
			p, err := Up(bg, changed, &Config{Observer: &talk}, UpOptions{PlanOptions: PlanOptions{NoRefresh: true}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.forgetsHand {
				if len(talk.seen) != len(changed.Nodes) {
					t.Errorf("looked at %v", talk.seen)
				}
			} else {
				got := strings.Split(words(p), "\n")
				if len(p.Steps) == 0 {
					got = nil
				}
				slices.Sort(got)
				slices.Sort(tt.words)
				if !slices.Equal(got, tt.words) {
					t.Errorf("the plan is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.words, "\n"))
				}
				for ns := range talk.seen {
					if !slices.Contains(tt.looked, ns) {
						t.Errorf("something was sent to %s", ns)
					}
				}
			}
			if p.Topology != changed {
				t.Error("the plan is not for the whole lab")
			}
			// A look at all of it finds what was done by hand, and nothing
			// else.
			p, err = Up(bg, changed, nil, UpOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range p.Steps {
				if s := &p.Steps[i]; s.String() != "update link eth0 in h1: down -> up" {
					t.Errorf("left undone: %s", s)
				}
			}
			if found := len(p.Steps) > 0; found == tt.forgetsHand {
				t.Errorf("the change by hand was found: %v", found)
			}
		})
	}
}

func TestNoRefreshPrune(t *testing.T) {
	up(t, nil, untouchedBase)
	_, err := PlanUp(bg, parse(t, untouchedBase), nil, UpOptions{PlanOptions: PlanOptions{NoRefresh: true, Prune: true}})
	if err == nil || !strings.Contains(err.Error(), "cannot be used together") {
		t.Errorf("got %v", err)
	}
}
