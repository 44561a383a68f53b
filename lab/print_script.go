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
// and sysctl. For a plan made without the lab, the script builds it from
// nothing. Names of namespaces are those in /run/netns. A step that cannot be
// written is a comment in the script, and an error after the rest has been
// written.
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
