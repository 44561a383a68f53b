package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/plan"
)

// WriteScript writes the plan as lines for bash that do the same with iproute2
// and sysctl. A plan that was made for a machine without the lab does it from
// nothing; names of namespaces are those in /run/netns. A step without words is
// written as a comment, and is an error once all the rest is written.
func (p *Plan) WriteScript(w io.Writer) error {
	out := bufio.NewWriter(w)
	var errs []error
	for i := range p.Steps {
		s := &p.Steps[i]
		lines, err := plan.Script(p.Topology, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s, err))
			fmt.Fprintf(out, "# %s: %v\n", plain.Text(s.String()), err)
		}
		for _, l := range lines {
			fmt.Fprintln(out, l)
		}
	}
	return errors.Join(out.Flush(), few.Errors(errs))
}
