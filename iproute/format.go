package iproute

import (
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// Words returns the command line that does what an operation does: the program
// and its words. It is false for an operation that these programs have no words
// for, or not for all of it.
func Words(op engine.Op) (program string, args []string, ok bool) {
	program = "ip"
	switch a := op.Action.(type) {
	case *engine.NetNSAdd:
		args = []string{"netns", "add", a.Name}
	case *engine.NetNSDel:
		args = []string{"netns", "delete", a.Name}
	case *engine.NetNSAttach:
		args = []string{"netns", "attach", a.Name, strconv.Itoa(a.PID)}
	case *engine.Request:
		if args = formatBridge(a.Req); args != nil {
			program = "bridge"
			break
		}
		for _, format := range []func(rtnl.Request) []string{formatLink, formatAddress, formatRoute, formatNeigh, formatRule, formatNSID} {
			if args = format(a.Req); args != nil {
				break
			}
		}
	}
	if args == nil {
		return "", nil, false
	}
	if op.NetNS != "" {
		args = append([]string{"-n", op.NetNS}, args...)
	}
	return program, args, true
}

// WordsLine returns the words of an operation as one line that sh(1) and Split read,
// "" where there are none.
func WordsLine(op engine.Op) string { return wordsLine(op, Quote) }

// wordsLine is WordsLine with a way to quote a word.
func wordsLine(op engine.Op, quote func(string) string) string {
	program, args, ok := Words(op)
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteString(program)
	for _, w := range args {
		b.WriteByte(' ')
		b.WriteString(quote(w))
	}
	return b.String()
}

// formatNSID returns the words of "ip netns set".
func formatNSID(r rtnl.Request) []string {
	set, ok := r.(*rtnl.NSIDSet)
	if !ok {
		return nil
	}
	name := set.NetNS.Name()
	if name == "" {
		return nil
	}
	id := "auto"
	if set.ID != rtnl.NSIDNotAssigned {
		id = strconv.Itoa(int(set.ID))
	}
	return []string{"netns", "set", name, id}
}
