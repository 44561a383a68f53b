package main

import (
	"fmt"
	"slices"
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/rtnl"
)

// linkLists returns an operation that lists all links and calls name with the
// name of each.
func linkLists() []impl[func(name func(string)) error] {
	type list = func(func(string)) error
	return append([]impl[list]{
		{"nslab", func(t testing.TB) list {
			c, ctx := dialNslab(t), t.Context()
			return func(name func(string)) error {
				links, err := c.Links(ctx, rtnl.LinkDump{})
				for i := range links {
					name(links[i].Name)
				}
				return err
			}
		}},
		{"vishvananda", func(t testing.TB) list {
			h := dialVishvananda(t)
			return func(name func(string)) error {
				links, err := h.LinkList()
				for _, l := range links {
					name(l.Attrs().Name)
				}
				return err
			}
		}},
	}, jsimonettiImpls(func(c *jsimonetti.Conn) list {
		return func(name func(string)) error {
			links, err := c.Link.List()
			for i := range links {
				name(links[i].Attributes.Name)
			}
			return err
		}
	})...)
}

// BenchmarkDump lists the ends of veth pairs, decodes every link and reads its
// name: a large table, and one that fits into a datagram.
func BenchmarkDump(b *testing.B) {
	for _, n := range []int{500, 1} {
		b.Run(fmt.Sprintf("Links=%d", 2*n), func(b *testing.B) { benchDump(b, pairs(n)) })
	}
}

func benchDump(b *testing.B, ps []pair) {
	want := []string{"lo"}
	for _, p := range ps {
		want = append(want, p.name, p.peer)
	}
	slices.Sort(want)
	size := len("lo")
	for _, p := range ps {
		size += len(p.name) + len(p.peer)
	}
	run(b, linkLists(), func(b *testing.B, list func(func(string)) error) {
		c := dialNslab(b)
		makePairs(b, c, ps)
		checkPairs(b, c, ps, 1)
		var got []string
		if err := list(func(name string) { got = append(got, name) }); err != nil {
			b.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			b.Fatalf("%d links are listed, want %d; or their names differ", len(got), len(want))
		}
		links, bytes := 0, 0
		m := newMeter(b)
		m.start()
		for range b.N {
			if err := list(func(name string) { links++; bytes += len(name) }); err != nil {
				b.Fatal(err)
			}
		}
		m.stop()
		m.report()
		if links != b.N*len(want) || bytes != b.N*size {
			b.Fatalf("%d links with names of %d bytes in all, want %d and %d", links, bytes, b.N*len(want), b.N*size)
		}
	})
}
