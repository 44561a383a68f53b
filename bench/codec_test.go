package main

import (
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// vethEncoders returns an operation that encodes the request for a veth pair
// and returns its length. Batch.Add is how nslab encodes. vishvananda/netlink's
// LinkAdd both encodes and sends; its encoder is public, and is used here as
// LinkAdd uses it.
func vethEncoders(p pair) []impl[func() (int, error)] {
	type encode = func() (int, error)
	return []impl[encode]{
		{"nslab", func(testing.TB) encode {
			var batch rtnl.Batch
			req := nslabVeth(p, 0)
			return func() (int, error) {
				batch.Reset()
				err := batch.Add(req)
				return batch.Len(), err
			}
		}},
		{"vishvananda", func(testing.TB) encode {
			return func() (int, error) {
				req := &nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Len: unix.SizeofNlMsghdr, Type: unix.RTM_NEWLINK,
					Flags: unix.NLM_F_REQUEST | unix.NLM_F_CREATE | unix.NLM_F_EXCL | unix.NLM_F_ACK}}
				msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
				msg.Index = int32(p.index)
				req.AddData(msg)
				req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(p.name)))
				info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
				info.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("veth"))
				peer := info.AddRtAttr(nl.IFLA_INFO_DATA, nil).AddRtAttr(nl.VETH_INFO_PEER, nil)
				nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
				peer.AddRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(p.peer))
				req.AddData(info)
				return len(req.Serialize()), nil
			}
		}},
		{"jsimonetti", func(testing.TB) encode {
			req := jsimonettiVeth(p)
			return func() (int, error) {
				bytes, err := req.MarshalBinary()
				return len(bytes), err
			}
		}},
	}
}

// BenchmarkEncode encodes the request that BenchmarkVeth/Queues=default sends.
func BenchmarkEncode(b *testing.B) {
	run(b, vethEncoders(pairs(1)[0]), func(b *testing.B, encode func() (int, error)) {
		m := newMeter(b)
		m.start()
		for range b.N {
			if n, err := encode(); err != nil || n == 0 {
				b.Fatalf("encoded %d: %v", n, err)
			}
		}
		m.stop()
		m.report()
	})
}

// linkDecoders returns an operation that decodes m and returns the link's name.
func linkDecoders(m rtnl.Message) []impl[func() (string, error)] {
	type decode = func() (string, error)
	return []impl[decode]{
		{"nslab", func(testing.TB) decode {
			return func() (string, error) {
				l, err := rtnl.DecodeLink(m)
				return l.Name, err
			}
		}},
		{"vishvananda", func(testing.TB) decode {
			return func() (string, error) {
				l, err := vishvananda.LinkDeserialize(nil, m.Data)
				if err != nil {
					return "", err
				}
				return l.Attrs().Name, nil
			}
		}},
		{"jsimonetti", func(testing.TB) decode {
			return func() (string, error) {
				var l jsimonetti.LinkMessage
				if err := l.UnmarshalBinary(m.Data); err != nil {
					return "", err
				}
				return l.Attributes.Name, nil
			}
		}},
	}
}

// BenchmarkDecode decodes the kernel's message about one veth end.
func BenchmarkDecode(b *testing.B) {
	p := pairs(1)
	c := dialNslab(b)
	makePairs(b, c, p)
	msg, err := c.Get(b.Context(), &rtnl.LinkGet{Link: rtnl.LinkIndex(p[0].index)})
	if err != nil {
		b.Fatal(err)
	}
	run(b, linkDecoders(msg), func(b *testing.B, decode func() (string, error)) {
		m := newMeter(b)
		m.start()
		for range b.N {
			if name, err := decode(); err != nil || name != p[0].name {
				b.Fatalf("decoded %q: %v", name, err)
			}
		}
		m.stop()
		m.report()
	})
}
