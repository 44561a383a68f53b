package iproute

import (
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// Format returns the command line that does what an operation does: the program
// and its words. It is the reverse of Parse, but for tc, whose words Parse does
// not know. It is false if these programs have
// no words for the operation, or only for a part of it.
func Format(op engine.Op) (name string, args []string, ok bool) {
	for _, p := range [...]*program{bridgeProgram(), ipProgram()} {
		for i := range p.objects {
			format := p.objects[i].format
			if format == nil {
				continue
			}
			if args = format(op.Action); args == nil {
				continue
			}
			if op.NetNS != "" {
				args = append([]string{"-n", op.NetNS}, args...)
			}
			return p.name, args, true
		}
	}
	if args = formatTC(op.Action); args != nil {
		if op.NetNS != "" {
			args = append([]string{"-n", op.NetNS}, args...)
		}
		return "tc", args, true
	}
	return "", nil, false
}

// ofRequest returns the format function of an object whose commands are
// requests.
func ofRequest(format func(rtnl.Request) []string) func(engine.Action) []string {
	return func(a engine.Action) []string {
		if r, ok := a.(*engine.Request); ok {
			return format(r.Req)
		}
		return nil
	}
}

// FormatLine returns the command line of an operation as text that sh(1) and
// Split can read, or "" if there is none.
func FormatLine(op engine.Op) string { return formatLine(op, Quote) }

// formatLine does what FormatLine does, with a function that quotes a word.
func formatLine(op engine.Op, quote func(string) string) string {
	program, args, ok := Format(op)
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
