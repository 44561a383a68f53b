package iproute

import (
	"context"
	"errors"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseRuleFlush(c *Command, w *words) {
	f := &ruleFilter{}
	if !f.parse(c, w) {
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.flushRules(ctx, o, f) }
	}
}

// rawDelete deletes the object that a message of a dump describes.
type rawDelete struct {
	typ  uint16
	data []byte
}

func (r *rawDelete) Encode(e *rtnl.Encoder) {
	e.Begin(r.typ, 0)
	e.Header(r.data...)
}

// flushRules deletes the rules that pass a filter, except those of priority 0,
// as iproute2 does. The request repeats all that the kernel reported about a
// rule, so that no rule is mistaken for another that differs in something nslab
// does not know.
func (s *Session) flushRules(ctx context.Context, o *Options, f *ruleFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	messages, err := conn.Dump(ctx, &rtnl.RuleDump{Family: f.like.Family})
	if err != nil {
		return failed(err)
	}
	var batch rtnl.Batch
	for m := range messages.All() {
		r, err := rtnl.DecodeRule(m)
		if err != nil {
			return failed(err)
		}
		if !f.matches(&r) || r.Priority.Or(0) == 0 {
			continue
		}
		if err := batch.Add(&rawDelete{unix.RTM_DELRULE, m.Data}); err != nil {
			return failed(err)
		}
	}
	if err := conn.Run(ctx, &batch); err != nil {
		var partial *rtnl.BatchError
		if errors.As(err, &partial) && partial.First != nil {
			err = partial.First
		}
		return failed(fmt.Errorf("flush rules: %w", err))
	}
	return newPrinter(s.Stdout, o).close()
}
