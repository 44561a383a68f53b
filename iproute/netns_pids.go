package iproute

import (
	"context"
	"fmt"
)

func parseNetnsPids(c *Command, w *words) {
	missing := !w.more()
	name := w.oldName()
	if missing {
		w.peer("No netns name specified")
	}
	w.noMore()
	c.do = func(ctx context.Context, s *Session, _ *Options) error {
		pids, err := s.dir().Pids(ctx, name)
		if err != nil {
			return cannotOpen(err)
		}
		for _, pid := range pids {
			if _, err := fmt.Fprintln(s.Stdout, pid); err != nil {
				return failed(err)
			}
		}
		return nil
	}
}
