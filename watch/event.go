package watch

import (
	"fmt"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// An Action says what happened.
type Action uint8

const (
	// Added, Changed and Removed are about an object that is new, that has
	// changed, and that has gone.
	Added Action = iota
	Changed
	Removed
	// Replaced is about an object that replaced another (NLM_F_REPLACE),
	// Appended about one that was added after others with the same destination
	// and metric (NLM_F_APPEND).
	Replaced
	Appended
	// Repeated is a notification that changes nothing in Run's state: about
	// counters, the state of a neighbour's entry, or a known object.
	Repeated

	// Ready, without a namespace, says that all existing namespaces are
	// watched.
	Ready
	// Appeared and Gone are about a namespace that got, and lost, the name
	// under which it is reported.
	Appeared
	Gone
	// Lost, without a namespace, says that the kernel dropped notifications, of
	// unknown namespaces. All are read again. The lost notifications were about
	// the changes that are Missed until Reread.
	Lost
	Reread
	// Problem is an error that does not end Run. Without a namespace, it is
	// about several.
	Problem
)

var actionNames = [...]string{
	"added", "changed", "removed", "replaced", "appended", "repeated",
	"ready", "appeared", "gone", "lost", "reread", "problem",
}

// String returns the name of an action, as in JSON.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// A Source says how Run learnt of an Event.
type Source uint8

const (
	// Told means from a notification.
	Told Source = iota
	// Missed means from reading the namespace after notifications were lost.
	Missed
	// Silent means from reading the namespace because the kernel may have
	// changed something without a notification.
	Silent
)

var sourceNames = [...]string{"told", "missed", "silent"}

// String returns the name of a source, as in JSON.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return fmt.Sprintf("Source(%d)", uint8(s))
}

// An Event is one thing that happened.
type Event struct {
	Time time.Time
	// Space is the namespace. It is empty with Ready, Lost and Reread, and with
	// some Problems.
	Space Space
	Kind  Kind
	Action
	Source Source
	// Name identifies the object: a link's name, an address, a route's
	// destination with its table and metric, or a complete rule. Words are its
	// other properties, in ip(8)'s terms. Text that others chose is unchanged
	// in them, and in Was and Changes: it may contain control characters, and
	// bytes that are not UTF-8.
	Name, Words string
	// With Changed and Replaced, Was has the previous Words, and Changes the
	// differences. With Appeared, Was is the name in the directory under which
	// the same namespace was reported until now, or "".
	Was     string
	Changes []Change
	// Flags are the notification's flags, NLM_F_*.
	Flags uint16
	// Port is the netlink port of the socket whose request caused the change,
	// according to the notification. It is 0 if the kernel acted by itself or
	// does not say. Process is the process with that port, or nil if it is not
	// known.
	Port    uint32
	Process *Process
	// Count is the number of namespaces with Ready, and of Events since Lost
	// with Reread.
	Count int
	// Err is the error, with Problem.
	Err error

	message *rtnl.Message // nil unless Told
	// brief and wasBrief are the parts of Words and Was that a sentence
	// contains.
	brief, wasBrief string
}

// A Space is a namespace, with the names that Config.Which gave it.
type Space struct {
	// NetNS is its name in the directory of ip-netns(8), and Label its name in
	// sentences.
	NetNS, Label string
	// Lab and Node are "" if it does not belong to a lab.
	Lab, Node string
}

// String returns the event as a sentence without a newline. It contains only
// printable characters.
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

// by names who did it, or returns "" for an event without a notification.
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

// linkSentence returns a sentence about a change of a link.
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

// String returns a change in words: "mtu 1500 became 1400", "label x added". It
// contains only printable characters.
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

// brief returns the facts that a sentence contains: where a route leads, and
// the kind and place of a queueing discipline.
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

// withoutName removes the first fact of a link, its name.
func withoutName(f facts) facts {
	if _, rest, ok := strings.Cut(string(f), string(factEnd)); ok && strings.HasPrefix(string(f), "name"+string(valueAt)) {
		return facts(rest)
	}
	return f
}
