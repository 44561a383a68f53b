package labtest

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// errors makes each call that changes something fail, before and after its
// effect, and loses and duplicates answers.
func (s *sweep) errors() {
	for i := range s.phases {
		p := &s.phases[i]
		s.failPhase(p, nil, 5)
		if !full() {
			// A rename may have had its effect, whatever the kernel reports.
			s.failPhase(p, func(c *call) bool { return strings.HasPrefix(c.name, "rename") }, 20)
		}
		if p.name != "down" { // which asks the kernel nothing over netlink
			s.replyPhase(p, 1)
		}
	}
	s.report()
}

// failPhase makes the calls of a phase fail.
func (s *sweep) failPhase(p *phase, counts func(*call) bool, short int) {
	s.t.Helper()
	runs, survived := 0, 0
	points := s.each(p, counts, short, func(at int, c *call) (bool, error) {
		hit := false
		for _, effect := range []effect{failBefore, failAfter} {
			if effect == failAfter && c != nil && starting(c) {
				continue // a clone that fails has made no process (copy_process in kernel/fork.c)
			}
			// The call at a point may differ between runs. The errnos are those
			// of the call in the undisturbed run.
			list := []unix.Errno{unix.EIO}
			if c != nil {
				var ok bool
				if list, ok = errnos[c.name]; !ok {
					return false, fmt.Errorf("the table has no errnos for %s", c.name)
				}
			}
			if !full() {
				list = list[s.rand.IntN(len(list)):][:1]
			}
			for _, errno := range list {
				r, why, err := s.fail(p, counts, fault{effect: effect, at: at, errno: errno})
				if err != nil || r.hit == nil {
					return hit, err
				}
				hit = true
				runs++
				if why == "" {
					survived++
				} else if !s.found("%s, call %d (%v) %v with %s: exit status %d: %s\nIt said:\n%s", p.name, at, r.hit, effect, unix.ErrnoName(errno), r.exit(), why, r.output) {
					return hit, nil
				}
			}
		}
		return hit, nil
	})
	s.t.Logf("fail %s: %d points, before and after their effect: %d runs, %d survived", p.name, points, runs, survived)
}

// replyPhase loses and duplicates the kernel's answers.
func (s *sweep) replyPhase(p *phase, short int) {
	s.t.Helper()
	runs, survived := 0, 0
	points := s.each(p, receiving, short, func(at int, _ *call) (bool, error) {
		hit := false
		for _, reply := range replies {
			r, why, err := s.fail(p, receiving, fault{effect: reply.effect, at: at, errno: reply.errno})
			if err != nil || r.hit == nil {
				return hit, err
			}
			hit = true
			runs++
			if why == "" {
				survived++
			} else if !s.found("%s, reply %d %s: exit status %d: %s\nIt said:\n%s", p.name, at, reply.name, r.exit(), why, r.output) {
				return hit, nil
			}
		}
		return hit, nil
	})
	s.t.Logf("replies of %s: %d points, %d runs, %d survived", p.name, points, runs, survived)
}

// fail runs a phase with a fault that nslab survives, and says what is wrong
// with its report.
func (s *sweep) fail(p *phase, counts func(*call) bool, f fault) (*result, string, error) {
	if err := p.start(s); err != nil {
		return nil, "", err
	}
	r := s.run(p, counts, f)
	if r.hit == nil {
		return r, "", nil
	}
	why := ill(r)
	if why == "" {
		why = s.holds(p, r)
	}
	if why == "" {
		why = s.downs()
	}
	return r, why, nil
}

// holds compares nslab's report with the state: done, or as before unless nslab
// says otherwise.
func (s *sweep) holds(p *phase, r *result) string {
	switch r.exit() {
	case 0:
		// Warnings are about things that programs in a node can do without,
		// such as a file in /etc.
		if strings.Contains(strings.ReplaceAll(r.output, "nslab: warning: ", ""), "nslab: ") {
			return "it reports an error and exits with 0"
		}
		if p.name != "down" {
			return s.is(p.goal(s))
		}
		l, err := s.left()
		if err != nil {
			return err.Error()
		}
		return l
	case 1:
	default:
		return "this is neither success nor failure"
	}
	if strings.TrimSpace(r.output) == "" {
		return "it fails and does not say why"
	}
	if strings.Contains(r.output, "is up, but the change left something behind") {
		return s.ups(p.goal(s))
	}
	return s.unchanged(p, r)
}

// unchanged says what a failed run has changed, unless nslab itself has said
// so.
func (s *sweep) unchanged(p *phase, r *result) string {
	if p.name == "down" || strings.Contains(r.output, notUndone) {
		return ""
	}
	if p.name == "restart" && strings.Contains(r.output, "run now") {
		return s.ups(p.before(s))
	}
	if before := p.before(s); before != nil {
		if why := s.is(before); why != "" {
			return "it says that things are as before, but " + why
		}
		return ""
	}
	l, err := s.left()
	if err != nil {
		return err.Error()
	}
	// A directory that contains only a lock is not a lab.
	if dir := labsDir + "/" + labName; l != "" && l != dir+" is left\n" && l != dir+" is left\n"+dir+"/lock is left\n" {
		return "it does not say that something is left, but " + l
	}
	return ""
}
