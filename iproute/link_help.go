package iproute

import (
	"context"
	"fmt"
)

// linkHelp is "help", optionally with a kind of link. As in iproute2, a kind's
// usage goes to standard output and is not an error.
func linkHelp(c *Command, w *words) {
	kind, ok := findLinkKind(w.next())
	w.rest()
	if !ok {
		c.do = printUsage(linkUsage)
		return
	}
	c.do = func(_ context.Context, s *Session, _ *Options) error {
		_, err := fmt.Fprint(s.Stdout, kind.usage())
		return failed(err)
	}
}
