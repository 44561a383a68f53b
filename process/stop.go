package process

import (
	"context"
	"time"

	"github.com/nslab/nslab/internal/processes"
	"golang.org/x/sys/unix"
)

// Manner returns how the processes of a lab are ended: what a program has
// started by the program's own signal and time, the rest by SIGTERM and a grace
// of 5 seconds. A grace other than 0 holds for all.
func (p *Programs) Manner(grace time.Duration) (func(*processes.Process) processes.Manner, error) {
	records, err := processes.ReadRecords(p.dir)
	if err != nil {
		return nil, err
	}
	manners := make(map[string]processes.Manner, len(records))
	for i := range records {
		r := &records[i]
		manners[processes.Member(r.Node, r.Program)] = r.Manner()
	}
	return func(proc *processes.Process) processes.Manner {
		m, ok := manners[proc.Member]
		if !ok {
			m.Signal = unix.SIGTERM
		}
		if grace != 0 {
			m.Grace = grace
		}
		return m
	}, nil
}

// End ends those processes of the lab that are meant, each in its manner, with
// a grace other than 0 all within that. Begin is called before the first signal. It
// returns the processes that have had one.
func (p *Programs) End(ctx context.Context, meant func(*processes.Process) bool, grace time.Duration, begin func() error) ([]processes.Process, error) {
	how, err := p.Manner(grace)
	if err != nil {
		return nil, err
	}
	sent, err := processes.Kill(ctx, p.dir, meant, how, begin)
	for _, proc := range sent {
		if _, name := processes.NodeOf(proc.Member); name != "" {
			p.touch(proc.Member)
		}
	}
	return sent, err
}

// Stop ends a process of a node, with all that it has forked.
func (p *Programs) Stop(ctx context.Context, node, name string) error {
	member := processes.Member(node, name)
	_, err := p.End(ctx, func(proc *processes.Process) bool { return proc.Member == member }, 0, nothing)
	return err
}

func nothing() error { return nil }

// Forget removes the record of a process.
func (p *Programs) Forget(node, name string) error {
	p.touch(processes.Member(node, name))
	return processes.RemoveRecord(p.dir, node, name)
}

// SetStopped writes down that a process is stopped for good.
func (p *Programs) SetStopped(node, name string) error {
	return of(node, name, p.setStopped(node, name))
}

func (p *Programs) setStopped(node, name string) error {
	r, err := processes.ReadRecord(p.dir, node, name)
	if err != nil {
		return err
	}
	if r == nil {
		r = &processes.Record{Node: node, Program: name}
	}
	r.Stopped = true
	return processes.WriteRecord(p.dir, r)
}

// HaveStarted reports whether this process has started a program.
func (p *Programs) HaveStarted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.started) > 0
}
