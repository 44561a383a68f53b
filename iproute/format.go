package iproute

import (
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
)

// Format returns the command line that does what an operation does: the program
// and its words. It is what Parse reads, the other way round. It is false for an
// operation that these programs have no words for, or not for all of it.
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
	return "", nil, false
}

// ofRequest is the format of an object whose commands are requests.
func ofRequest(format func(rtnl.Request) []string) func(engine.Action) []string {
	return func(a engine.Action) []string {
		if r, ok := a.(*engine.Request); ok {
			return format(r.Req)
		}
		return nil
	}
}

// FormatLine returns the words of an operation as one line that sh(1) and Split read,
// "" where there are none.
func FormatLine(op engine.Op) string { return formatLine(op, Quote) }

// formatLine is FormatLine with a way to quote a word.
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
