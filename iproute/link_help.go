package iproute

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// linkHelp is "help" with the kind of link that it is about, or without one. As in
// iproute2 a kind's usage goes to standard output and is no error.
func linkHelp(c *Command, w *words) {
	kind := w.next()
	w.rest()
	text := kindUsage(kind)
	if text == "" {
		c.do = printUsage(linkUsage)
		return
	}
	c.do = func(_ context.Context, s *Session, _ *Options) error {
		_, err := fmt.Fprint(s.Stdout, text)
		return failed(err)
	}
}

// kindUsage returns the usage of a kind, "" for one that there is not.
func kindUsage(kind string) string {
	switch {
	case kind == "veth":
		return "Usage: ... veth [peer [[name] NAME] [PARAMETER ...]]\n"
	case kind == "bridge":
		return "Usage: ... bridge [OPTION VALUE ...]\noptions:" +
			wrapped(list(bridgeLinkOptions(), func(o bridgeOption) string { return o.name })) + "\n"
	case kind == "bridge_slave":
		return "Usage: ... bridge_slave [OPTION VALUE ...]\noptions:" +
			wrapped(list(portOptions(), func(o portOption) string { return o.name })) + "\n"
	case slices.Contains(linkKinds, kind):
		return "Usage: ... " + kind + "\nnslab takes no options of this kind.\n"
	}
	return ""
}

// wrapped is text behind "options:", in lines of at most 80 columns.
func wrapped(text string) string {
	var b strings.Builder
	column := len("options:")
	for word := range strings.FieldsSeq(text) {
		if column+1+len(word) > 80 {
			b.WriteString("\n ")
			column = 1
		}
		b.WriteString(" " + word)
		column += 1 + len(word)
	}
	return b.String()
}
