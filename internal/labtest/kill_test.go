package labtest

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/settle"
	"golang.org/x/sys/unix"
)

// afterKill is what is done after a kill and must work then.
type afterKill struct {
	name  string
	check func(*sweep, *phase) string
}

var afterKills = []afterKill{
	{"down", func(s *sweep, _ *phase) string { return s.downs() }},
	{"up", func(s *sweep, p *phase) string {
		if why := s.ups(p.goal(s)); why != "" {
			return why
		}
		return s.downs()
	}},
}

// kills kills nslab at each of the points where it changes something.
func (s *sweep) kills() {
	for i := range s.phases {
		s.killPhase(&s.phases[i], nil, 2)
	}
	s.report()
}

// lineKills kills nslab when it records that an exec line begins or is done.
func (s *sweep) lineKills() {
	marks := func(c *call) bool { return c.name == "pwrite64" && strings.HasSuffix(c.detail, "/"+labName+"/exec") }
	for i := range s.phases[:2] {
		s.killPhase(&s.phases[i], marks, 3)
	}
	s.report()
}

// ofView matches the object of a call that makes something of h2's view: a file
// or directory, or where h2 keeps it.
var ofView = regexp.MustCompile(`^(conf|deep|files|tmpfs|h2)$|\b[0-9a-f]{32}\b`)

// viewKills kills the first program in a node, with a umask that leaves others
// nothing, when nslab makes what programs there see.
func (s *sweep) viewKills() {
	defer unix.Umask(unix.Umask(0o077))
	s.killPhase(&phase{
		name:   "exec",
		start:  func(s *sweep) error { return s.fresh() },
		args:   func(*sweep) []string { return []string{"exec", labName + "/h2", "--", "true"} },
		goal:   func(s *sweep) *goal { return &s.base },
		before: func(s *sweep) *goal { return &s.base },
	}, func(c *call) bool { return c.name != "openat" && ofView.MatchString(c.detail) }, 100)
	s.report()
}

// remakes is an up that recreates nodes: one with lines, one that others are
// linked to, and the bridge.
var remakes = phase{
	name:   "recreate",
	start:  func(s *sweep) error { return s.fresh() },
	args:   func(s *sweep) []string { return []string{"up", "--replace", "--recreate", "h1,r,sw", s.base.path} },
	goal:   func(s *sweep) *goal { return &s.base },
	before: func(s *sweep) *goal { return &s.base },
}

// remakeKills kills an up that recreates nodes, and compares the result of one
// that is not killed with a new lab.
func (s *sweep) remakeKills() {
	if err := remakes.start(s); err != nil {
		s.t.Fatal(err)
	}
	s.must(remakes.args(s)...)
	if why := s.is(&s.base); why != "" {
		s.found("recreate, undisturbed: %s", why)
	}
	s.killPhase(&remakes, nil, 4)
	s.report()
}

// portKills kills an up that makes a bridge with many ports when it writes the
// settings with which new interfaces of the bridge's namespace begin.
func (s *sweep) portKills() {
	g := goal{labFile: manyPorts(s.t)}
	s.must("up", g.path)
	for _, n := range g.nodes {
		settle.Wait(s.t, labName+"-"+n)
	}
	var err error
	if g.want, err = look(s.nodes); err != nil {
		s.t.Fatal(err)
	}
	s.killPhase(&phase{
		name:   "ports",
		start:  func(s *sweep) error { return s.wiped() },
		args:   func(*sweep) []string { return []string{"up", g.path} },
		goal:   func(*sweep) *goal { return &g },
		before: func(*sweep) *goal { return nil },
	}, func(c *call) bool { return c.name == "write" && strings.Contains(c.detail, "/net/ipv6/conf/") }, 3)
	s.report()
}

// killPhase kills a phase on entry and on exit of its calls.
func (s *sweep) killPhase(p *phase, counts func(*call) bool, short int) {
	s.t.Helper()
	runs, survived := 0, 0
	points := s.each(p, counts, short, func(at int, _ *call) (bool, error) {
		hit := false
		for _, effect := range []effect{killOnEntry, killOnExit} {
			for _, after := range afterKills {
				if err := p.start(s); err != nil {
					return hit, err
				}
				r := s.run(p, counts, fault{effect: effect, at: at})
				if r.hit == nil {
					continue
				}
				hit = true
				runs++
				why := ""
				if !r.killed() {
					why = fmt.Sprintf("it was not killed: status %#x\n%s", int(r.status), r.output)
				} else {
					why = after.check(s, p)
				}
				if why == "" {
					survived++
				} else if !s.found("%s, %v of call %d (%v), then %s: %s", p.name, effect, at, r.hit, after.name, why) {
					return hit, nil
				}
			}
		}
		return hit, nil
	})
	s.t.Logf("kill %s: %d points, on entry and on exit, then down and then up: %d runs, %d survived", p.name, points, runs, survived)
}

// randomKills kills commands at random times: one command, or several one after
// another, each on the state that the previous one left.
func (s *sweep) randomKills(short int) {
	s.t.Helper()
	var longest time.Duration
	for i := range s.phases {
		if err := s.phases[i].start(s); err != nil {
			s.t.Fatal(err)
		}
		began := time.Now()
		s.run(&s.phases[i], nil, fault{})
		longest = max(longest, time.Since(began))
	}
	runs, kills, survived := short, 0, 0
	if full() {
		runs = 500
	}
	for range runs {
		if s.done() {
			break
		}
		p := &s.phases[s.rand.IntN(len(s.phases))]
		if err := p.start(s); err != nil {
			s.t.Fatal(err)
		}
		var story strings.Builder
		for n := 1 + s.rand.IntN(3); n > 0; n-- {
			at := 1 + time.Duration(s.rand.Int64N(int64(longest)))
			r, err := (&program{path: s.program, args: p.args(s), killAfter: at}).run()
			if err != nil {
				s.t.Fatal(err)
			}
			if r.killed() {
				kills++
			}
			fmt.Fprintf(&story, "%s, killed after %v and %d calls; ", p.name, at, len(r.calls))
			if n > 1 {
				p = &s.phases[s.rand.IntN(len(s.phases))]
			}
		}
		after := afterKills[s.rand.IntN(len(afterKills))]
		if why := after.check(s, p); why != "" {
			s.found("%sthen %s: %s", story.String(), after.name, why)
			continue
		}
		survived++
	}
	s.report()
	s.t.Logf("kill at random times within %v: %d runs with %d kills, %d survived", longest, runs, kills, survived)
}
