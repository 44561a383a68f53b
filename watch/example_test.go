package watch_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/watch"
)

// This program waits until somebody creates a bridge in any namespace.
func ExampleRun() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var dir nsfs.Dir
	h, err := dir.Create(ctx, "red")
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Delete(context.Background(), "red")
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: "red"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := h.Close(); err != nil {
		log.Fatal(err)
	}
	links, err := watch.ParseKinds("link")
	if err != nil {
		log.Fatal(err)
	}
	created := make(chan error, 1)
	err = watch.Run(ctx, watch.Config{Kinds: links, Event: func(e *watch.Event) error {
		switch e.Action {
		case watch.Ready:
			// Run receives nothing while Event runs, so do not block it.
			go func() { created <- c.Do(ctx, &rtnl.LinkAdd{Name: "br0", Kind: &rtnl.Bridge{}}) }()
		case watch.Added:
			fmt.Println(e.Space.NetNS, e.Kind, e.Name)
			cancel()
		}
		return nil
	}})
	fmt.Println(err, <-created)
	// Output:
	// red link br0
	// <nil> <nil>
}
