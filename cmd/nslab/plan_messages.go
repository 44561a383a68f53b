package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/lab"
)

// writeMessages writes the messages of a plan, one a line, as --trace does.
// Work without netlink is a comment, once for each step.
func writeMessages(w io.Writer, p *lab.Plan) error {
	ops, err := p.Ops()
	if err != nil {
		return err
	}
	tracer := audit.NewTracer(w)
	out := &printer{w: w}
	var told *lab.Step
	for i := range ops {
		o := &ops[i]
		switch {
		case o.Message != nil:
			if len(o.Refs) > 0 {
				out.printf("# descriptors from 3 on: %s\n", strings.Join(o.Refs, ", "))
			}
			tracer.Observe(o.Datagram())
		case o.Step != told:
			told = o.Step
			out.printf("# %s\n", strings.ReplaceAll(fmt.Sprint(o.Step), "\n", " "))
		}
	}
	if out.err != nil {
		return out.err
	}
	return tracer.Err()
}
