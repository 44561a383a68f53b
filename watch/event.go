package watch

import (
	"fmt"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// An Action is what happened.
type Action uint8

const (
	// Added, Changed and Removed are of an object that the namespace did not have,
	// has otherwise now, and has no longer.
	Added Action = iota
	Changed
	Removed
	// Replaced is an object that came in place of another (NLM_F_REPLACE), Appended
	// one that came behind others of the same destination and metric (NLM_F_APPEND).
	Replaced
	Appended
	// Repeated is a notification that changes nothing that Run keeps: counters, the
	// state of a neighbour's entry, an object that is known already.
	Repeated

	// Ready, without a namespace, says that those that are there are watched.
	Ready
	// Appeared and Gone are of a namespace that got, and lost, the name under which it
	// is told.
	Appeared
	Gone
	// Lost, without a namespace, says that the kernel dropped notifications, of whichever
	// namespaces. All are read again: what is Missed until Reread is what they were about.
	Lost
	Reread
	// Problem is an error that is not the end; without a namespace, it is about many.
	Problem
)

var actionNames = [...]string{
	"added", "changed", "removed", "replaced", "appended", "repeated",
	"ready", "appeared", "gone", "lost", "reread", "problem",
}

// String returns the name of an action, as it stands in JSON.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// A Source is how Run knows.
type Source uint8

const (
	// Told is by a notification.
	Told Source = iota
	// Missed is by reading the namespace after notifications were lost.
	Missed
	// Silent is by reading the namespace where the kernel may change something
	// without a notification.
	Silent
)

var sourceNames = [...]string{"told", "missed", "silent"}

// String returns the name of a source, as it stands in JSON.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return fmt.Sprintf("Source(%d)", uint8(s))
}

// An Event is one thing that happened.
type Event struct {
	Time time.Time
	// Space is the namespace; empty with Ready, Lost and Reread, and with some Problems.
	Space Space
	Kind  Kind
	Action
	Source Source
	// Name identifies the object: a link's name, an address, a route's destination
	// with its table and metric, a rule whole. Words are what else is known of it,
	// in ip(8)'s terms. What others chose stands in them, and in Was and Changes, as it
	// is: it may contain control characters, and bytes that are no UTF-8.
	Name, Words string
	// Was are the words of what was replaced, Changes what differs: of Changed and
	// Replaced. With Appeared Was is the name in the directory under which the same
	// namespace was told until now, if it was.
	Was     string
	Changes []Change
	// Flags are those of the notification, NLM_F_*.
	Flags uint16
	// Port is the netlink port of the socket whose request the notification says it
	// is about, 0 if it names none: the kernel acted by itself, or does not say.
	// Process has that port; nil if it is not known.
	Port    uint32
	Process *Process
	// Count is a number: of namespaces with Ready, of Events since Lost with Reread.
	Count int
	// Err is what is wrong, with Problem.
	Err error

	message *rtnl.Message // nil unless Told
	// brief and wasBrief are as many of Words and Was as a sentence has.
	brief, wasBrief string
}

// A Space is a namespace as Run was told to call it.
type Space struct {
	// NetNS is its name in the directory of ip-netns(8), Label what it is called in
	// sentences.
	NetNS, Label string
	// Lab and Node are "" for one that belongs to no lab.
	Lab, Node string
}

// String returns the event as a sentence without a line end. It contains only printable
// characters.
func (e *Event) String() string {
	var b strings.Builder
	if e.Space.Label != "" {
		b.WriteString(e.Space.Label + ": ")
	}
	b.WriteString(e.sentence())
	switch e.Source {
	case Missed:
		b.WriteString(" (missed)")
	case Silent:
		b.WriteString(" (silent)")
	case Told:
		if by := e.by(); by != "" {
			b.WriteString(" [" + by + "]")
		}
	}
	return plain.Text(b.String())
}

// by names who did it, "" for events that have no notification.
func (e *Event) by() string {
	switch {
	case e.message == nil:
		return ""
	case e.Port == 0:
		return "kernel"
	case e.Process == nil:
		return "unknown"
	}
	return fmt.Sprintf("%s %d", e.Process.Name, e.Process.PID)
}

func (e *Event) sentence() string {
	switch e.Action {
	case Ready:
		return "watching " + count(e.Count, "namespace")
	case Appeared:
		if e.wasBrief != "" {
			return "namespace appeared; it was " + e.wasBrief
		}
		return "namespace appeared"
	case Gone:
		return "namespace is gone"
	case Lost:
		return "notifications were lost; reading all namespaces"
	case Reread:
		return "all are read again: missed " + count(e.Count, "change")
	case Problem:
		return e.Err.Error()
	}
	what := e.Kind.String() + " " + e.Name
	if e.Kind == Link {
		return what + " " + e.linkSentence()
	}
	if e.brief != "" {
		what += " " + e.brief
	}
	switch e.Action {
	case Changed:
		var parts []string
		for i := range e.Changes {
			parts = append(parts, e.Changes[i].String())
		}
		return what + " changed: " + strings.Join(parts, ", ")
	case Replaced:
		if e.Was != "" && e.Was != e.Words {
			return what + " replaced " + e.wasBrief
		}
	}
	return what + " " + e.Action.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// linkSentence is what happened to a link.
func (e *Event) linkSentence() string {
	switch e.Action {
	case Added:
		return "added: " + e.Words
	case Changed:
	default:
		return e.Action.String()
	}
	var parts []string
	for i := range e.Changes {
		c := &e.Changes[i]
		part := c.String()
		switch {
		case c.Name == "up" && c.New != nil:
			part = "went up"
		case c.Name == "up":
			part = "went down"
		case c.Name == "carrier" && c.New != nil:
			part = "has a carrier"
		case c.Name == "carrier":
			part = "lost its carrier"
		case c.Name == "name" && c.New != nil:
			part = "is called " + *c.New + " now"
		case c.Name == "master" && c.Old == nil:
			part = "became a port of " + *c.New
		case c.Name == "master" && c.New == nil:
			part = "left " + *c.Old
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// String returns a change in words: "mtu 1500 became 1400", "label x added". It contains only
// printable characters.
func (c *Change) String() string {
	value := func(p *string) string {
		if *p == "" {
			return c.Name
		}
		return c.Name + " " + *p
	}
	switch {
	case c.Old == nil:
		return plain.Text(value(c.New) + " added")
	case c.New == nil:
		return plain.Text(value(c.Old) + " removed")
	}
	return plain.Text(value(c.Old) + " became " + *c.New)
}

// event makes an Event of a delta.
func (d *delta) event(names linkNames) Event {
	e := Event{
		Kind: d.kind, Action: d.action, Name: names.in(d.name), Words: d.facts.words(names),
	}
	if d.kind == Link {
		e.Words = withoutName(d.facts).words(names)
	}
	e.brief = d.brief().words(names)
	switch d.action {
	case Changed, Replaced:
		e.Was = d.old.words(names)
		was := delta{object: object{key: d.key, facts: d.old}}
		e.wasBrief = was.brief().words(names)
		e.Changes = compare(d.old, d.facts, names)
		if d.renamed != "" {
			e.Name = names.in(d.renamed)
			e.Was = withoutName(d.old).words(names)
		}
	}
	return e
}

// brief are the facts that a sentence has: of a route where it leads, of a queueing
// discipline where it is and what.
func (d *delta) brief() facts {
	var w factWriter
	d.facts.each(func(name, value string) {
		switch name {
		case "scope", "src", "options":
		case "proto":
			if d.action != Removed && value != "kernel" {
				w.add(name, value)
			}
		default:
			w.add(name, value)
		}
	})
	return w.facts()
}

// withoutName leaves out the first fact of a link, its name.
func withoutName(f facts) facts {
	if _, rest, ok := strings.Cut(string(f), string(factEnd)); ok && strings.HasPrefix(string(f), "name"+string(valueAt)) {
		return facts(rest)
	}
	return f
}
