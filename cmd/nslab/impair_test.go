package main

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// An impairment comes, is changed, goes by itself after a time and when nslab is
// told to end, and is reset to what there was.
func TestIntegrationImpair(t *testing.T) {
	ctx := t.Context()
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	testenv.Run(t, "ip", "link", "add", "imp0", "type", "veth", "peer", "name", "imp1")
	defer testenv.Run(t, "ip", "link", "del", "imp0")
	index, err := c.LinkIndex(ctx, "imp0")
	if err != nil {
		t.Fatal(err)
	}
	i := &impaired{conn: c, link: rtnl.LinkRef{Index: index, Name: "imp0"}}
	words := func() string {
		t.Helper()
		q, err := rootOf(ctx, c, index)
		if err != nil {
			t.Fatal(err)
		}
		if q == nil {
			return ""
		}
		return topology.QdiscText(q)
	}
	err = i.set(ctx, &rtnl.Netem{Latency: 30 * time.Millisecond, Corrupt: rtnl.NewProbability(0.01)}, 0)
	if errors.Is(err, rtnl.ErrNotSupported) {
		if !strings.Contains(err.Error(), "sch_netem") || words() != "" {
			t.Errorf("%v, then %q", err, words())
		}
		t.Skip(err)
	}
	const first = "netem limit 1000 delay 30ms corrupt 1%"
	if err != nil || words() != first {
		t.Fatalf("%q, %v", words(), err)
	}
	if err := i.set(ctx, &rtnl.Netem{Loss: rtnl.NewProbability(1)}, time.Nanosecond); err != nil || words() != first {
		t.Errorf("after its time: %q, %v", words(), err)
	}
	if err := i.put(ctx, &rtnl.Netem{Latency: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if got := words(); got != "netem limit 1000 delay 1ms" {
		t.Errorf("corruption is kept: %q", got)
	}
	cause := errors.New("told to end")
	waiting, stop := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() { done <- i.set(waiting, &rtnl.Netem{Loss: rtnl.NewProbability(1)}, time.Hour) }()
	for words() != "netem limit 1000 loss 100%" {
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
			runtime.Gosched()
		}
	}
	stop(cause)
	if err := <-done; !errors.Is(err, cause) || words() != "netem limit 1000 delay 1ms" {
		t.Errorf("told to end: %q, %v", words(), err)
	}
	// A kernel that takes no seed leaves what there was.
	if err := i.set(ctx, &rtnl.Netem{Seed: rtnl.Some(uint64(1))}, 0); err != nil && (!errors.Is(err, rtnl.ErrNotSupported) || words() != "netem limit 1000 delay 1ms") {
		t.Errorf("a seed: %q, %v", words(), err)
	}
	if err := i.put(ctx, i.file); err != nil || words() != "" {
		t.Errorf("reset: %q, %v", words(), err)
	}
}
