package rules

import (
	"slices"
	"strings"
)

// Severity says how much a finding matters.
type Severity uint8

// The severities.
const (
	Hint    Severity = iota + 1 // it works, and could work better
	Warning                     // it works until something else happens at the same time, or only on some kernels
	Error                       // something was lost, refused or not done
)

// String returns "hint", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Hint:
		return "hint"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "unknown"
}

// MarshalText returns the text of String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Needs says, as bits, what a recording must hold for a rule. All rules need
// datagrams.
type Needs uint8

// What a rule may need besides datagrams.
const (
	Options   Needs = 1 << iota // opening, binding and options of sockets (socket(2), bind(2), setsockopt(2))
	Room                        // the size of the buffer of each receive, and its flags
	Errno                       // calls that failed
	Sender                      // the destinations of datagrams, and whether a receive asked for the sender's address
	Processes                   // process ids
	Sockets                     // which datagrams went through the same socket
)

// Everything is all that a rule may need. nslab trace records it.
const Everything = Options | Room | Errno | Sender | Processes | Sockets

var needNames = []struct {
	bit  Needs
	name string
}{
	{Options, "options of sockets"}, {Room, "buffer sizes and flags of receives"}, {Errno, "errors of calls"},
	{Sender, "addresses of datagrams"}, {Processes, "process ids"},
	{Sockets, "which socket each datagram belongs to"},
}

// String lists what is needed: "buffer sizes and flags of receives, errors of calls";
// "datagrams" for nothing more.
func (n Needs) String() string {
	var names []string
	for _, b := range needNames {
		if n&b.bit != 0 {
			names = append(names, b.name)
		}
	}
	if len(names) == 0 {
		return "datagrams"
	}
	return strings.Join(names, ", ")
}

// MarshalText returns the text of String.
func (n Needs) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// Rule is one mistake that programs make.
type Rule struct {
	ID       string   `json:"id"`       // in lower case, with hyphens
	Severity Severity `json:"severity"` // of its gravest findings; others may be less grave
	Summary  string   `json:"summary"`  // the mistake, in a few words
	Reason   string   `json:"reason"`   // what goes wrong, and how to do it right
	Sources  []string `json:"sources"`  // kernel files, manual pages, and the public report of the mistake
	Needs    Needs    `json:"needs"`

	start func(report) check
}

// report reports something found. Reports of one process with the same key are
// one finding; if the key is empty, the text is the key.
type report func(s Severity, at place, key, text string)

// check applies a rule to one recording. Functions that the rule does not need
// are nil. Of their arguments, only sockets and requests may be kept.
type check struct {
	event   func(*event)           // each event, before the messages in it
	request func(*event, *message) // each message that was sent
	attrs   func(*event, *nest)    // each nest of a message that was sent, the innermost first
	answer  func(*event, *message) // each message that was received, without peeks
	closed  func(*socket)          // a socket is closed, or still open at the end of the recording
	end     func()                 // the recording ends; all sockets are closed
}

// all are the rules, in the order of lists.
var all = []*Rule{
	&dumpIntr, &overrun, &truncated, &dumpOverlap, &ackUnread, &seqReused, &noAck, &filterIgnored,
	&leftover, &attrLength, &duplicateAttr, &nestedFlag, &byteOrder, &portID, &sender,
	&batches, &chosenIndex, &createInPlace,
}

// All returns all rules, in the order of lists.
func All() []*Rule { return slices.Clone(all) }

// Find returns the rule with an ID, or nil.
func Find(id string) *Rule {
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	return nil
}
