package main

import (
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// batchAdders returns an operation that adds the i-th thousand of addresses.
// Only nslab has batches; with the others a program uses a loop.
func batchAdders(as []rtnl.Address) []impl[func(i int) error] {
	impls := []impl[func(i int) error]{
		{"nslab", func(t testing.TB) func(int) error {
			c, ctx := dialNslab(t), t.Context()
			reqs := make([]rtnl.AddrAdd, len(as))
			for i, a := range as {
				reqs[i].Address = a
			}
			var batch rtnl.Batch
			return func(i int) error {
				batch.Reset()
				for k := range batchSize {
					if err := batch.Add(&reqs[i*batchSize+k]); err != nil {
						return err
					}
				}
				return c.Run(ctx, &batch)
			}
		}},
	}
	for _, single := range addrAdders(as)[1:] {
		impls = append(impls, impl[func(i int) error]{single.name, func(t testing.TB) func(int) error {
			addAddr := single.open(t)
			return func(i int) error {
				for k := range batchSize {
					if err := addAddr(i*batchSize + k); err != nil {
						return err
					}
				}
				return nil
			}
		}})
	}
	return impls
}

// BenchmarkBatch adds 1,000 addresses, encoding included.
func BenchmarkBatch(b *testing.B) {
	ps := pairs(addrLinks)
	as := addresses(ps)
	run(b, batchAdders(as), func(b *testing.B, addAddrs func(int) error) {
		benchAddrs(b, ps, as, batchSize, addAddrs)
	})
}
