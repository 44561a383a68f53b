package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
)

// StartAgain starts a process again for the lab's keeper, unless it runs. r is
// its record, and tries how often in a row that was tried, this time included.
// If it fails, its log says so. Nothing is started after it.
func (p *Programs) StartAgain(ctx context.Context, n *Node, proc *topology.Process, r *processes.Record, tries int) error {
	states, err := Read(p.dir)
	if err != nil {
		return err
	}
	for i := range states {
		if st := &states[i]; st.Node == r.Node && st.Name == r.Program && st.Running() {
			return nil
		}
	}
	if err := p.Open(); err != nil {
		return err
	}
	if _, err := p.dir.MountLogs(); err != nil {
		return err
	}
	if err := p.dir.MakeLogs([]string{r.Node}); err != nil {
		return err
	}
	p.direct, p.Tries = true, tries
	defer p.leave()
	if err = p.start(ctx, n, proc); err == nil {
		return nil
	}
	// As it was, but for one try more: the keeper goes on from there.
	r.Tries = tries
	return errors.Join(err, processes.WriteRecord(p.dir, r), p.say(r, fmt.Sprintf("nslab: it cannot be started again: %v\n", err)))
}

// say adds a line to the log of a process.
func (p *Programs) say(r *processes.Record, text string) error {
	log, _, err := p.root.OpenLog(p.dir.Name, r.Node, r.Program)
	if err != nil {
		return err
	}
	_, err = log.WriteString(text)
	return errors.Join(err, log.Close())
}
