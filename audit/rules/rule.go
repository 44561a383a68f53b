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
	Warning                     // it works until something else happens at the same time, or on another kernel
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

// MarshalText writes what String says.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Needs is what a recording has to hold for a rule, as bits. All rules need datagrams.
type Needs uint8

// What a rule may need beside datagrams.
const (
	Options   Needs = 1 << iota // sockets being opened, bound and set (socket(2), bind(2), setsockopt(2))
	Room                        // how many bytes each receive had room for, and its flags
	Errno                       // calls that failed
	Sender                      // the addresses that datagrams were sent to, and whether a receive asked for the sender's
	Processes                   // process ids
	Sockets                     // which datagrams went through the same socket
)

// Everything is all that a rule may need: what nslab trace records.
const Everything = Options | Room | Errno | Sender | Processes | Sockets

var needNames = []struct {
	bit  Needs
	name string
}{
	{Options, "options of sockets"}, {Room, "room and flags of receives"}, {Errno, "errors of calls"},
	{Sender, "addresses of datagrams"}, {Processes, "process ids"},
	{Sockets, "which socket each datagram is of"},
}

// String lists what is needed: "room and flags of receives, errors of calls"; "datagrams" for nothing more.
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

// MarshalText writes what String says.
func (n Needs) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// Rule is one mistake that programs make.
type Rule struct {
	ID       string   `json:"id"`       // in lower case, with hyphens
	Severity Severity `json:"severity"` // that of its gravest findings; others may be less
	Summary  string   `json:"summary"`  // what is found, in a few words
	Reason   string   `json:"reason"`   // what happens, and how to do it right
	Sources  []string `json:"sources"`  // kernel files, manual pages, and the public report that it comes from
	Needs    Needs    `json:"needs"`

	start func(report) check
}

// report reports something found. What has the same key in one process is one finding; the key is the text where it is empty.
type report func(s Severity, at place, key, text string)

// check is a rule at work on one recording. What is nil does not interest the rule. Nothing that is passed may be kept but
// sockets and requests.
type check struct {
	event   func(*event)           // each event, before the messages in it
	request func(*event, *message) // each message that was sent
	attrs   func(*event, *nest)    // each nest of a message that was sent, the innermost first
	answer  func(*event, *message) // each message that was received, peeks left out
	closed  func(*socket)          // a socket is closed, or lives on at the end of the recording
	end     func()                 // the recording ends; all sockets are closed
}

// all are the rules, in the order in which they are listed.
var all = []*Rule{
	&dumpIntr, &overrun, &truncated, &dumpOverlap, &ackUnread, &seqReused, &noAck, &filterIgnored,
	&leftover, &attrLength, &duplicateAttr, &nestedFlag, &byteOrder, &portID, &sender,
	&batches, &chosenIndex, &createInPlace,
}

// All returns all rules, in the order in which they are listed.
func All() []*Rule { return slices.Clone(all) }

// Find returns the rule with an ID, nil for none.
func Find(id string) *Rule {
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	return nil
}
