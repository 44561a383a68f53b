package iproute

import (
	"context"

	"github.com/nslab/nslab/rtnl"
)

func parseRuleShow(c *Command, w *words) {
	f := &ruleFilter{}
	if !f.parse(c, w) {
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showRules(ctx, o, f) }
	}
}

func (s *Session) showRules(ctx context.Context, o *Options, f *ruleFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	rules, err := conn.Rules(ctx, rtnl.RuleDump{Family: f.like.Family})
	if err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, o)
	for i := range rules {
		if f.matches(&rules[i]) {
			p.rule(&rules[i], o, false)
		}
	}
	return p.close()
}
