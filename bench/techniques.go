package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nslab/nslab/bench/builders"
	"github.com/nslab/nslab/bench/probe"
	"github.com/nslab/nslab/bench/report"
	"github.com/nslab/nslab/bench/topo"
)

// variants are command lines of floor: each leaves out one technique or
// replaces it.
var variants = []string{
	"",
	"-threads=1", "-order=phases", "-threads=1 -order=phases",
	"-queues=kernel",
	"-bridge=early", "-snooping=early", "-bridge=early -snooping=early",
	"-gen=kernel -port-gen=kernel -bridge6=on", "-bridge=early -gen=kernel -port-gen=kernel -bridge6=on", "-gen=sysctl", "-gen=default",
	"-bridge6=on", "-port-gen=msg", "-bridge6=on -port-gen=msg", "-bridge6=off", "-bridge6=off -port-gen=kernel",
	"-ack=each", "-ack=none", "-chunk=1", "-chunk=64", "-index=kernel",
	"-join=each", "-ports=chunk",
	"-up=set", "-creator=bridge", "-creator=bridge -master=set", "-creator=bridge -up=set", "-ns=files", "-umount=each", "-proc-every=0",
}

// techniques lets floor build a lab with and without each technique, in turn.
func techniques(ctx context.Context, args []string) error {
	var t tools
	flags := flag.NewFlagSet("techniques", flag.ContinueOnError)
	lab := flags.String("lab", "star:1000", "`TOPOLOGY:N`")
	runs := flags.Int("runs", 5, "`number` of alternated runs")
	only := flags.String("only", "", "flags of floor, `variants` with commas between them; default all. The first is compared with")
	settleFor := flags.Duration("settle", 0, "`time` after up in which the machine's CPU time is measured")
	t.flags(flags)
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	l, err := parseLab(*lab)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "nslab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if !isPrivate() {
		t.nslab = "/dev/null" // not needed
		if err := t.build(ctx, dir); err != nil {
			return err
		}
		return private(ctx, "techniques", args, &t)
	}
	if err := settle(); err != nil {
		return err
	}
	list := variants
	if *only != "" {
		list = strings.Split(*only, ",")
	}
	clean, err := probe.NewCleaner(dir)
	if err != nil {
		return err
	}
	samples := map[string][]report.Sample{}
	for round := range *runs {
		for i := range list {
			v := list[(i+round)%len(list)]
			s, err := floorSample(ctx, &t, l, strings.Fields(v), clean, *settleFor)
			if err != nil {
				return fmt.Errorf("floor %s: %w", v, err)
			}
			fmt.Fprintf(os.Stderr, "run %d of %d: up %.4gs, system %.4gs: floor %s\n", round+1, *runs, s.Up.Seconds(), s.System.Seconds(), v)
			samples[v] = append(samples[v], s)
		}
	}
	if err := clean.Close(); err != nil {
		return err
	}
	fmt.Printf("%s. %s %d, %d alternated runs.\n\n", machine(), l.ID, l.N, *runs)
	return report.Techniques(os.Stdout, list, samples)
}

// floorSample is one lab of floor with these flags.
func floorSample(ctx context.Context, tools *tools, t *topo.Topo, flags []string, clean *probe.Cleaner, settle time.Duration) (report.Sample, error) {
	s := report.Sample{Lab: labOf(t), Settle: settle}
	cost, err := tools.runner().Run(ctx, builders.FloorArgs(tools.program(), "up", t, flags...))
	if err != nil {
		return s, err
	}
	s.Up, s.User, s.System, s.MaxRSS = cost.Wall, cost.User, cost.System, cost.MaxRSS
	if settle > 0 {
		if s.After, err = probe.Busy(ctx, settle); err != nil {
			return s, err
		}
	}
	sentinel, err := probe.NewSentinel()
	if err != nil {
		return s, err
	}
	start := probe.Now()
	if cost, err = tools.runner().Run(ctx, builders.FloorArgs(tools.program(), "down", t, flags...)); err != nil {
		return s, err
	}
	s.Down = cost.Wall
	done, err := clean.Wait(ctx, sentinel)
	s.Cleanup = done - start
	return s, err
}
