package main

import (
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
)

// vethAdders returns an operation that creates pair i of ps.
func vethAdders(ps []pair, queues uint32) []impl[func(i int) error] {
	impls := []impl[func(i int) error]{
		{"nslab", func(t testing.TB) func(int) error {
			c, ctx := dialNslab(t), t.Context()
			reqs := make([]*rtnl.LinkAdd, len(ps))
			for i, p := range ps {
				reqs[i] = nslabVeth(p, queues)
			}
			return func(i int) error { return c.Do(ctx, reqs[i]) }
		}},
		{"vishvananda", func(t testing.TB) func(int) error {
			h := dialVishvananda(t)
			reqs := make([]*vishvananda.Veth, len(ps))
			for i, p := range ps {
				attrs := vishvananda.NewLinkAttrs()
				// If an index is given, LinkAdd does not ask for it afterwards.
				attrs.Name, attrs.Index = p.name, int(p.index)
				attrs.NumTxQueues, attrs.NumRxQueues = int(queues), int(queues)
				reqs[i] = vishvananda.NewVeth(attrs)
				reqs[i].PeerName = p.peer
			}
			return func(i int) error { return h.LinkAdd(reqs[i]) }
		}},
	}
	if queues != 0 {
		// jsimonetti/rtnetlink lacks IFLA_NUM_TX_QUEUES.
		return impls
	}
	return append(impls, jsimonettiImpls(func(c *jsimonetti.Conn) func(int) error {
		reqs := make([]*jsimonetti.LinkMessage, len(ps))
		for i, p := range ps {
			reqs[i] = jsimonettiVeth(p)
		}
		return func(i int) error { return c.Link.New(reqs[i]) }
	})...)
}

func nslabVeth(p pair, queues uint32) *rtnl.LinkAdd {
	attrs := rtnl.LinkAttrs{TxQueues: queues, RxQueues: queues}
	return &rtnl.LinkAdd{Name: p.name, Index: p.index, LinkAttrs: attrs,
		Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: p.peer, LinkAttrs: attrs}}}
}

func jsimonettiVeth(p pair) *jsimonetti.LinkMessage {
	peer := &jsimonetti.LinkMessage{Attributes: &jsimonetti.LinkAttributes{Name: p.peer}}
	return &jsimonetti.LinkMessage{Index: p.index, Attributes: &jsimonetti.LinkAttributes{
		Name: p.name, Info: &jsimonetti.LinkInfo{Kind: "veth", Data: &driver.Veth{PeerInfo: peer}}}}
}

// BenchmarkVeth creates one veth pair: one request, one acknowledgement.
func BenchmarkVeth(b *testing.B) {
	// This many pairs are created between two deletions, which are not timed.
	ps := pairs(200)
	bench := func(queues uint32) func(b *testing.B) {
		return func(b *testing.B) {
			run(b, vethAdders(ps, queues), func(b *testing.B, create func(int) error) {
				c := dialNslab(b)
				want := queues
				if want == 0 {
					want = defaultQueues(b, c)
				}
				b.Cleanup(func() { deletePairs(b, c, ps) })
				m := newMeter(b)
				for left := b.N; left > 0; {
					n := min(left, len(ps))
					m.start()
					for i := range n {
						if err := create(i); err != nil {
							b.Fatal(err)
						}
					}
					m.stop()
					checkPairs(b, c, ps[:n], want)
					deletePairs(b, c, ps[:n])
					left -= n
				}
				m.report()
			})
		}
	}
	b.Run("Queues=default", bench(0))
	b.Run("Queues=1", bench(1))
}
