package rules

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
)

// Bounds on what is remembered. Beyond them, the oldest is forgotten first.
const (
	maxSockets  = 1 << 16
	maxRequests = 4096    // of one socket
	maxGroups   = 1 << 10 // of one socket
	maxFindings = 1000    // different ones
	maxData     = 4096    // bytes of a request, kept to name the attribute that an answer refuses
)

// Finding is something that a rule has found. The same thing in one process is
// one Finding.
type Finding struct {
	Rule     *Rule
	Severity Severity
	Text     string // what was seen the first time
	Count    int    // how often it was seen

	// The first time it was seen:
	Event   int // the number of the event in the recording, from 1
	Time    time.Time
	Process audit.Process
	Socket  audit.Socket
}

// String returns the finding as one line that is safe to print: its severity,
// its rule, what was seen and how often.
func (f Finding) String() string {
	s := f.Severity.String() + " " + f.Rule.ID + ": " + plain.Text(f.Text)
	if f.Count > 1 {
		s += fmt.Sprintf(" (%d times)", f.Count)
	}
	return s
}

// Unchecked is a rule that could not be checked because the recording holds too
// little.
type Unchecked struct {
	Rule  *Rule
	Lacks Needs
}

// String names the rule and what the recording lacks for it.
func (u Unchecked) String() string {
	return fmt.Sprintf("%s: not checked: nothing is recorded of %s", u.Rule.ID, u.Lacks)
}

// Report is the result of a Judge.
type Report struct {
	Findings  []Finding   // errors first, then warnings, then hints; those of one severity in the order of Event
	Unchecked []Unchecked // in the order of the rules
	Events    int         // number of events judged
	Datagrams int         // number of these that were datagrams
	Processes int         // number of their processes; 0 if the recording does not say
	Lost      []string    // the texts of the recording's losses (audit.OpLost), each once
	Dropped   int         // number of further findings that were not kept
}

// Count returns the number of findings of a severity.
func (r *Report) Count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Judge applies rules to events. It must not be used by two goroutines at once.
type Judge struct {
	rules    []*Rule
	checks   []check // of rules
	sockets  map[socketKey]*socket
	order    []*socket // the oldest first, including some that were closed meanwhile
	families nlspec.Families
	pids     map[int]bool
	has      Needs
	report   Report
	found    map[findingKey]int // indices in report.Findings
	lost     map[string]bool
}

type findingKey struct {
	rule     *Rule
	severity Severity
	pid      int
	key      string
}

// NewJudge returns a Judge that applies rules.
func NewJudge(rules []*Rule) *Judge {
	j := &Judge{
		rules: rules, sockets: map[socketKey]*socket{}, pids: map[int]bool{}, found: map[findingKey]int{}, lost: map[string]bool{},
	}
	for _, r := range rules {
		j.checks = append(j.checks, r.start(func(s Severity, at place, key, text string) { j.add(r, s, at, key, text) }))
	}
	return j
}

// Records declares that the source of the events records this, even if no event
// shows it.
func (j *Judge) Records(n Needs) { j.has |= n }

// event is an event with its number and its socket.
type event struct {
	*audit.Event
	number int
	socket *socket
}

// Event judges an event. Events must be given in the order of their times.
// Event does not keep e.
func (j *Judge) Event(e *audit.Event) {
	j.report.Events++
	if e.PID != 0 {
		j.has |= Processes
		j.pids[e.PID] = true
	}
	switch {
	case e.Op == audit.OpSocket, e.Op == audit.OpBind, e.Op == audit.OpSetsockopt:
		// A recorder of these calls also records the rest.
		j.has |= Options | Room | Errno | Sender
	case e.Op == audit.OpLost:
		if !j.lost[e.Text] && len(j.lost) < maxFindings {
			j.lost[e.Text] = true
			j.report.Lost = append(j.report.Lost, e.Text)
		}
		return
	case e.Op == audit.OpReceive && e.Room >= 0:
		j.has |= Room | Errno | Sender
	}
	if key := keyOf(e); !key.anonymous() {
		j.has |= Sockets
	}
	ev := event{Event: e, number: j.report.Events, socket: j.socket(e)}
	ev.socket.note(e)
	for c := range j.of(ev.socket) {
		if c.event != nil {
			c.event(&ev)
		}
	}
	if d, ok := e.Datagram(); ok {
		j.report.Datagrams++
		if d.Direction == nlspec.Sent {
			j.sent(&ev)
		} else {
			j.received(&ev, d.Multicast)
		}
	}
	if e.Op == audit.OpClose {
		j.close(ev.socket)
	}
}

// Observe implements nlspec.Observer: it judges what a socket of the caller's
// own program sends and receives. Sockets that share a Judge must not be used at
// the same time.
func (j *Judge) Observe(d nlspec.Datagram) {
	e := audit.DatagramEvent(d)
	j.Event(&e)
}

// of yields the checks that apply to a socket.
func (j *Judge) of(s *socket) iter.Seq[*check] {
	return func(yield func(*check) bool) {
		for i, r := range j.rules {
			if r.Needs&Sockets != 0 && s.key.anonymous() {
				continue
			}
			if !yield(&j.checks[i]) {
				return
			}
		}
	}
}

// sent judges the requests of a datagram.
func (j *Judge) sent(e *event) {
	c := nlspec.Context{Protocol: e.Protocol, Direction: nlspec.Sent, Families: &j.families}
	s := e.socket
	split(c, e.Data, func(m *message) {
		m.prior = s.requests[m.Seq]
		if m.Flags&unix.NLM_F_REQUEST != 0 {
			m.req = newRequest(e, m)
		}
		for c := range j.of(s) {
			if c.request != nil {
				c.request(e, m)
			}
		}
		if m.layout.Body.Known && m.req != nil && !m.cut {
			walk(m, func(n *nest) {
				for c := range j.of(s) {
					if c.attrs != nil {
						c.attrs(e, n)
					}
				}
			})
		}
		s.ask(m.req)
	})
}

// received judges the messages of a received datagram.
func (j *Judge) received(e *event, multicast bool) {
	c := nlspec.Context{Protocol: e.Protocol, Direction: nlspec.Received, Families: &j.families}
	s := e.socket
	split(c, e.Data, func(m *message) {
		if !multicast && (s.port == 0 || m.PID == s.port || m.PID == 0) {
			m.req = s.requests[m.Seq]
		}
		if r := m.req; r != nil {
			m.final = m.Type == unix.NLMSG_ERROR || m.Type == unix.NLMSG_DONE || !r.dump && !r.ack && m.Flags&unix.NLM_F_MULTI == 0
		}
		for c := range j.of(s) {
			if c.answer != nil {
				c.answer(e, m)
			}
		}
		s.answer(m)
	})
}

// close ends a socket.
func (j *Judge) close(s *socket) {
	if s.gone {
		return
	}
	s.gone = true
	for _, c := range j.checks {
		if c.closed != nil {
			c.closed(s)
		}
	}
	delete(j.sockets, s.key)
}

// End ends the recording and returns the report. The Judge must not be used
// afterwards.
func (j *Judge) End() Report {
	for _, s := range j.order {
		j.close(s)
	}
	for _, c := range j.checks {
		if c.end != nil {
			c.end()
		}
	}
	r := j.report
	r.Processes = len(j.pids)
	for _, rule := range j.rules {
		if lacks := rule.Needs &^ j.has; lacks != 0 {
			r.Unchecked = append(r.Unchecked, Unchecked{rule, lacks})
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		return a.Event - b.Event
	})
	return r
}

// place says where something was found. Unlike an event, it may be kept.
type place struct {
	number  int
	time    time.Time
	process audit.Process
	socket  audit.Socket
}

func (e *event) place() place { return place{e.number, e.Time, e.Process, e.Event.Socket} }

// add adds something to the findings.
func (j *Judge) add(r *Rule, s Severity, at place, key, text string) {
	if key == "" {
		key = text
	}
	k := findingKey{r, s, at.process.PID, key}
	if i, ok := j.found[k]; ok {
		j.report.Findings[i].Count++
		return
	}
	if len(j.report.Findings) >= maxFindings {
		j.report.Dropped++
		return
	}
	j.found[k] = len(j.report.Findings)
	j.report.Findings = append(j.report.Findings, Finding{
		Rule: r, Severity: s, Text: text, Count: 1, Event: at.number, Time: at.time, Process: at.process, Socket: at.socket,
	})
}
