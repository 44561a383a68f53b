package main

import (
	"net/netip"
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A table of so many routes is about a tenth of the Internet's.
const tableSize = 100_000

// routeLists returns an operation that lists the IPv4 routes of the main table,
// decodes all, and returns their number and the sum of the numbers in their
// destinations' last three bytes.
func routeLists() []impl[func() (n int, sum uint64, err error)] {
	type list = func() (int, uint64, error)
	return append([]impl[list]{
		{"nslab", func(t testing.TB) list {
			c, ctx := dialNslab(t), t.Context()
			return func() (n int, sum uint64, err error) {
				routes, err := c.Routes(ctx, rtnl.RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN})
				for i := range routes {
					a := routes[i].Dst.Addr().As4()
					sum += low(a[:])
				}
				return len(routes), sum, err
			}
		}},
		{"vishvananda", func(t testing.TB) list {
			h := dialVishvananda(t)
			return func() (n int, sum uint64, err error) {
				routes, err := h.RouteListFiltered(unix.AF_INET, &vishvananda.Route{Table: unix.RT_TABLE_MAIN}, vishvananda.RT_FILTER_TABLE)
				for i := range routes {
					sum += low(routes[i].Dst.IP.To4())
				}
				return len(routes), sum, err
			}
		}},
	}, jsimonettiImpls(func(c *jsimonetti.Conn) list {
		return func() (n int, sum uint64, err error) {
			routes, err := c.Route.ListMatch(&jsimonetti.RouteMessage{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN})
			for i := range routes {
				// Without strict checking the kernel ignores the filter.
				if routes[i].Table == unix.RT_TABLE_MAIN {
					n++
					sum += low(routes[i].Attributes.Dst.To4())
				}
			}
			return n, sum, err
		}
	})...)
}

func low(a []byte) uint64 { return uint64(a[1])<<16 | uint64(a[2])<<8 | uint64(a[3]) }

// BenchmarkRoutes lists a table of 100,000 routes.
func BenchmarkRoutes(b *testing.B) {
	c := dialNslab(b)
	var sum uint64
	if err := c.Do(b.Context(), linkUp(1)); err != nil {
		b.Fatal(err)
	}
	const chunk = 1000
	var batch rtnl.Batch
	run1 := func(request func(r rtnl.Route) rtnl.Request) {
		for i := range tableSize {
			dst := [4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}
			add(b, &batch, request(rtnl.Route{Dst: netip.PrefixFrom(netip.AddrFrom4(dst), 32), OIF: rtnl.LinkIndex(1)}))
			if (i+1)%chunk == 0 {
				if err := c.Run(b.Context(), &batch); err != nil {
					b.Fatal(err)
				}
				batch.Reset()
			}
		}
	}
	run1(func(r rtnl.Route) rtnl.Request { return &rtnl.RouteAdd{Route: r} })
	for i := range uint64(tableSize) {
		sum += i
	}
	run(b, routeLists(), func(b *testing.B, list func() (int, uint64, error)) {
		m := newMeter(b)
		m.start()
		for range b.N {
			if n, s, err := list(); err != nil || n != tableSize || s != sum {
				b.Fatalf("%d routes, sum %d: %v; want %d, %d", n, s, err, tableSize, sum)
			}
		}
		m.stop()
		m.report()
	})
	run1(func(r rtnl.Route) rtnl.Request { return &rtnl.RouteDel{Route: r} })
}
