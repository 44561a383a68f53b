package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/nslab/nslab/bench/builders"
	"github.com/nslab/nslab/bench/probe"
	"github.com/nslab/nslab/bench/report"
	"github.com/nslab/nslab/bench/topo"
)

// sample makes a lab, measures it, checks its state, and removes it, including
// the kernel's own work.
func (b *bench) sample(ctx context.Context, t *topo.Topo, x *builders.Builder) (s report.Sample, err error) {
	s = report.Sample{Lab: labOf(t), Builder: x.Name, Settle: b.settle}
	up, err := x.Up(b.dir, t)
	if err != nil {
		return s, err
	}
	if b.settle > 0 {
		before := min(b.settle, time.Second)
		if s.Before, err = probe.Busy(ctx, before); err != nil {
			return s, err
		}
		s.Before = s.Before * b.settle / before
	}
	others, err := probe.Others()
	if err != nil {
		return s, err
	}
	var echoes []probe.Echo
	var down func() (probe.Cost, error)
	var cost probe.Cost
	if x.Foreign {
		var p *probe.Kept
		if p, err = probe.Keep(ctx, up); err != nil {
			return s, err
		}
		cost, down = p.Cost, p.End
		echoes = hostEchoes(p.Hosts)
	} else {
		if cost, err = b.runner.Run(ctx, up); err != nil {
			return s, err
		}
		var args []string
		if args, err = x.Down(b.dir, t); err != nil {
			return s, err
		}
		down = func() (probe.Cost, error) { return b.runner.Run(ctx, args) }
		echoes = labEchoes(t)
	}
	s.Up, s.User, s.System, s.MaxRSS = cost.Wall, cost.User, cost.System, cost.MaxRSS
	if s.Others, err = others(cost.User + cost.System); err != nil {
		return s, err
	}
	differs := b.inspect(ctx, t, x, echoes, &s)
	if differs != nil && !errors.Is(differs, probe.ErrDiffers) {
		return s, differs
	}
	sentinel, err := probe.NewSentinel()
	if err != nil {
		return s, err
	}
	start := probe.Now()
	if cost, err = down(); err != nil {
		return s, err
	}
	s.Down = cost.Wall
	done, err := b.clean.Wait(ctx, sentinel)
	s.Cleanup = done - start
	return s, errors.Join(err, differs)
}

func labOf(t *topo.Topo) report.Lab {
	return report.Lab{Topology: t.ID, N: t.N, Nodes: len(t.Nodes), Links: len(t.Links)}
}

func labEchoes(t *topo.Topo) []probe.Echo {
	var all []probe.Echo
	for _, p := range t.Pings() {
		all = append(all, probe.Echo{From: probe.Path(t, p.From), To: p.To})
	}
	return all
}

func hostEchoes(hosts []probe.KeptHost) []probe.Echo {
	var all []probe.Echo
	for _, h := range hosts[1:] {
		all = append(all, probe.Echo{From: fmt.Sprintf("/proc/%d/ns/net", hosts[0].PID), To: h.Addr})
	}
	return all
}

// inspect measures and checks a running lab.
func (b *bench) inspect(ctx context.Context, t *topo.Topo, x *builders.Builder, echoes []probe.Echo, s *report.Sample) (err error) {
	patience, cancel := context.WithTimeoutCause(ctx, b.patience, errors.New("out of patience"))
	defer cancel()
	if most := t.MostPorts(); most > machineLimit(backlogEnv, 1000) {
		// Copies of a broadcast would be lost, the same ones each time.
		fmt.Fprintf(os.Stderr, " (no pings: net.core.netdev_max_backlog is below %d)", most)
		echoes = nil
	}
	echoes = fitting(echoes)
	if len(echoes) > 0 {
		if s.FirstPing, err = probe.Ping(patience, echoes[:1]); err != nil {
			return fmt.Errorf("first ping: %w", err)
		}
	}
	if b.settle > 0 {
		if s.After, err = probe.Busy(ctx, b.settle); err != nil {
			return err
		}
	}
	patience, cancel2 := context.WithTimeoutCause(ctx, b.patience, errors.New("out of patience"))
	defer cancel2()
	s.Pings = len(echoes)
	if s.AllPings, err = probe.Ping(patience, echoes); err != nil {
		return fmt.Errorf("all pings: %w", err)
	}
	if x.Foreign {
		return nil // all hosts have answered
	}
	if err := probe.Check(t); err != nil {
		return err
	}
	return b.same(ctx, t, x)
}

// fitting thins out requests so that the two entries that each needs fill at
// most half of the neighbour table (net.ipv4.neigh.default.gc_thresh3), which
// all namespaces of the machine share.
func fitting(echoes []probe.Echo) []probe.Echo {
	most := max(1, machineLimit(neighboursEnv, 1024)/4)
	if len(echoes) <= most {
		return echoes
	}
	few := make([]probe.Echo, most)
	for i := range few {
		few[i] = echoes[i*len(echoes)/most]
	}
	return few
}

// machineLimit returns a limit that the outer process has read, or the kernel's
// default.
func machineLimit(env string, byDefault int) int {
	if limit, err := strconv.Atoi(os.Getenv(env)); err == nil {
		return limit
	}
	return byDefault
}

// same compares the state with that of the lab's first builder: for some nodes
// closely, using ip's output.
func (b *bench) same(ctx context.Context, t *topo.Topo, x *builders.Builder) error {
	const most, patience = 24, 30 * time.Second
	key := t.ID + " " + strconv.Itoa(t.N)
	w, ok := b.want[key]
	if !ok {
		w = wanted{by: x.Name, nodes: probe.Sample(t, most)}
		var err error
		if w.state, err = probe.Settled(ctx, t, w.nodes, patience); err != nil {
			return err
		}
		b.want[key] = w
		return nil
	}
	skip := x.Missing
	for i := range b.builders {
		if b.builders[i].Name == w.by {
			skip = append(skip[:len(skip):len(skip)], b.builders[i].Missing...)
		}
	}
	if err := probe.Same(ctx, t, w.nodes, skip, w.state, patience); err != nil {
		return fmt.Errorf("not what %s leaves: %w", w.by, err)
	}
	return nil
}
