package rtnl

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nslab/nslab/nlspec"
)

func TestIntegrationDumpMany(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var b Batch
	for i := range 300 {
		add(t, &b, pair(fmt.Sprintf("v%d", i), fmt.Sprintf("p%d", i)))
	}
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, l := range links {
		seen[l.Name] = true
	}
	if len(links) != 601 || len(seen) != 601 {
		t.Errorf("got %d links with %d names, want 601", len(links), len(seen))
	}
	size := len(links[1].AFSpec)
	// By kind, and without IPv6's counters.
	links, err = c.Links(t.Context(), LinkDump{Kind: "veth", ExtMask: rtextFilterSkipStats})
	if err != nil || len(links) != 600 {
		t.Fatalf("got %d links of kind veth, %v", len(links), err)
	}
	if got := len(links[0].AFSpec); got >= size {
		t.Errorf("IFLA_AF_SPEC has %d bytes without statistics, %d with", got, size)
	}
}

// The real thing: a table of several datagrams that another socket changes.
func TestIntegrationDumpWhileChanging(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var b Batch
	for i := range 150 {
		add(t, &b, pair(fmt.Sprintf("c%d", i), ""))
	}
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	churn := dial(t, nil)
	stop := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := churn.Do(bg, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "y"}}, Name: "x"}); err != nil {
				ended <- err
				return
			}
			if err := churn.Do(bg, &LinkDel{Link: LinkName("x")}); err != nil {
				ended <- err
				return
			}
		}
	}()
	whole, torn := 0, 0
	for range 30 {
		links, err := c.Links(t.Context(), LinkDump{})
		switch {
		case errors.Is(err, ErrDumpInterrupted):
			torn++
		case err != nil:
			t.Fatal(err)
		default:
			whole++
			names := make(map[string]bool)
			for _, l := range links {
				names[l.Name] = true
			}
			if names["x"] != names["y"] {
				t.Errorf("a list holds one end of a pair that is made and deleted as one")
			}
			for i := range 150 {
				if !names[fmt.Sprintf("c%d", i)] {
					t.Errorf("a list lacks a link that was there all the time")
				}
			}
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	t.Logf("%d dumps whole, %d given up", whole, torn)
}

// A dump that is abandoned goes on in the kernel (EBUSY for the next) until its
// datagrams have been read.
func TestIntegrationDumpAbandoned(t *testing.T) {
	ctx, cancel := context.WithCancel(bg)
	received := 0
	c := dial(t, &Config{Observer: &record{then: func(d nlspec.Datagram) {
		if d.Direction == nlspec.Received && len(d.Data) > 4096 {
			received++
			cancel() // in the middle of the table
		}
	}}})
	clearLinks(t, c)
	var b Batch
	for i := range 150 {
		add(t, &b, pair(fmt.Sprintf("d%d", i), ""))
	}
	if err := c.Run(bg, &b); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Links(ctx, LinkDump{}); !errors.Is(err, context.Canceled) || received != 1 {
		t.Errorf("got %v after %d datagrams", err, received)
	}
	links, err := c.Links(bg, LinkDump{})
	if err != nil || len(links) != 301 {
		t.Errorf("got %d links, %v", len(links), err)
	}
}
