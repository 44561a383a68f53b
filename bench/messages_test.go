package main

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	jsimonetti "github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/rtnl"
	vishvananda "github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A codec is one kind of message: how each library encodes a request for it,
// and decodes the kernel's message. Links have their own benchmarks.
type codec struct {
	name string
	// encode returns operations that encode a request and return its bytes
	// without the nlmsghdr; nslab's returns none, since a Batch keeps them.
	encode []impl[func() ([]byte, error)]
	// same reports whether rtnl reads a peer's encoding as the wanted object.
	same func(rtnl.Message) error
	// decode returns operations that decode a message and return its address.
	decode func(rtnl.Message) []impl[func() (netip.Addr, error)]
	// make lets the kernel make an object, and returns its message in a dump.
	make func(*testing.B, *rtnl.Conn, uint32) rtnl.Message
}

type (
	encodeOp = func() ([]byte, error)
	decodeOp = func() (netip.Addr, error)
)

var (
	codecAddr = netip.MustParsePrefix("192.0.2.1/24")
	codecDst  = netip.MustParsePrefix("198.51.100.0/24")
	codecGate = netip.MustParseAddr("192.0.2.254")
	codecMAC  = net.HardwareAddr{2, 0, 0, 0, 0, 1}
)

// nslabEncode encodes into a batch that is reused, as nslab itself does.
func nslabEncode(r rtnl.Request) impl[encodeOp] {
	return impl[encodeOp]{"nslab", func(testing.TB) encodeOp {
		var batch rtnl.Batch
		return func() ([]byte, error) {
			batch.Reset()
			return nil, batch.Add(r)
		}
	}}
}

// vishvanandaEncode uses the encoder of the package nl as the library's
// functions do, all of which both encode and send.
func vishvanandaEncode(typ int, parts func() []nl.NetlinkRequestData) impl[encodeOp] {
	return impl[encodeOp]{"vishvananda", func(testing.TB) encodeOp {
		return func() ([]byte, error) {
			req := &nl.NetlinkRequest{NlMsghdr: unix.NlMsghdr{Len: unix.SizeofNlMsghdr, Type: uint16(typ),
				Flags: unix.NLM_F_REQUEST | unix.NLM_F_CREATE | unix.NLM_F_EXCL | unix.NLM_F_ACK}}
			for _, p := range parts() {
				req.AddData(p)
			}
			return req.Serialize()[unix.SizeofNlMsghdr:], nil
		}
	}}
}

func jsimonettiEncode(m interface{ MarshalBinary() ([]byte, error) }) impl[encodeOp] {
	return impl[encodeOp]{"jsimonetti", func(testing.TB) encodeOp { return m.MarshalBinary }}
}

func ip(a netip.Addr) net.IP { return a.AsSlice() }

func addrOf(a net.IP) (netip.Addr, error) {
	addr, ok := netip.AddrFromSlice(a)
	if !ok {
		return addr, fmt.Errorf("no address: %v", a)
	}
	return addr.Unmap(), nil
}

func addrCodec() codec {
	const index = 2
	addr := ip(codecAddr.Addr())
	return codec{
		name: "Addr",
		encode: []impl[encodeOp]{
			nslabEncode(&rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: codecAddr}}),
			vishvanandaEncode(unix.RTM_NEWADDR, func() []nl.NetlinkRequestData {
				msg := nl.NewIfAddrmsg(unix.AF_INET)
				msg.Index, msg.Prefixlen = index, uint8(codecAddr.Bits())
				return []nl.NetlinkRequestData{msg, nl.NewRtAttr(unix.IFA_LOCAL, addr.To4()), nl.NewRtAttr(unix.IFA_ADDRESS, addr.To4())}
			}),
			jsimonettiEncode(&jsimonetti.AddressMessage{Family: unix.AF_INET, PrefixLength: uint8(codecAddr.Bits()), Index: index,
				Attributes: &jsimonetti.AddressAttributes{Address: addr, Local: addr}}),
		},
		same: func(m rtnl.Message) error {
			m.Type = unix.RTM_NEWADDR
			a, err := rtnl.DecodeAddress(m)
			if err == nil && (a.Prefix != codecAddr || a.Link.Index != index) {
				err = fmt.Errorf("it is %+v", a)
			}
			return err
		},
		decode: func(m rtnl.Message) []impl[decodeOp] {
			return []impl[decodeOp]{
				{"nslab", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						a, err := rtnl.DecodeAddress(m)
						return a.Prefix.Addr(), err
					}
				}},
				{"jsimonetti", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						var a jsimonetti.AddressMessage
						if err := a.UnmarshalBinary(m.Data); err != nil {
							return netip.Addr{}, err
						}
						return addrOf(a.Attributes.Local)
					}
				}},
			}
		},
		make: func(b *testing.B, c *rtnl.Conn, index uint32) rtnl.Message {
			return only(b, c, &rtnl.AddrDump{Family: unix.AF_INET, Index: index})
		},
	}
}

func routeCodec() codec {
	const index = 2
	dst, gate := ip(codecDst.Addr()), ip(codecGate)
	return codec{
		name: "Route",
		encode: []impl[encodeOp]{
			nslabEncode(&rtnl.RouteAdd{Route: rtnl.Route{Dst: codecDst, Gateway: codecGate, OIF: rtnl.LinkIndex(index)}}),
			vishvanandaEncode(unix.RTM_NEWROUTE, func() []nl.NetlinkRequestData {
				msg := nl.NewRtMsg()
				msg.Family, msg.Dst_len = unix.AF_INET, uint8(codecDst.Bits())
				return []nl.NetlinkRequestData{msg, nl.NewRtAttr(unix.RTA_DST, dst.To4()), nl.NewRtAttr(unix.RTA_GATEWAY, gate.To4()),
					nl.NewRtAttr(unix.RTA_OIF, nl.Uint32Attr(index))}
			}),
			jsimonettiEncode(&jsimonetti.RouteMessage{Family: unix.AF_INET, DstLength: uint8(codecDst.Bits()), Table: unix.RT_TABLE_MAIN,
				Protocol: unix.RTPROT_BOOT, Type: unix.RTN_UNICAST,
				Attributes: jsimonetti.RouteAttributes{Dst: dst, Gateway: gate, OutIface: index}}),
		},
		same: func(m rtnl.Message) error {
			m.Type = unix.RTM_NEWROUTE
			r, err := rtnl.DecodeRoute(m)
			if err == nil && (r.Dst != codecDst || r.Gateway != codecGate || r.OIF.Index != index || r.Type != unix.RTN_UNICAST) {
				err = fmt.Errorf("it is %+v", r)
			}
			return err
		},
		decode: func(m rtnl.Message) []impl[decodeOp] {
			return []impl[decodeOp]{
				{"nslab", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						r, err := rtnl.DecodeRoute(m)
						return r.Dst.Addr(), err
					}
				}},
				{"jsimonetti", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						var r jsimonetti.RouteMessage
						if err := r.UnmarshalBinary(m.Data); err != nil {
							return netip.Addr{}, err
						}
						return addrOf(r.Attributes.Dst)
					}
				}},
			}
		},
		make: func(b *testing.B, c *rtnl.Conn, index uint32) rtnl.Message {
			return only(b, c, &rtnl.RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, OIF: index, Protocol: unix.RTPROT_BOOT})
		},
	}
}

func neighCodec() codec {
	const index = 2
	gate := ip(codecGate)
	return codec{
		name: "Neigh",
		encode: []impl[encodeOp]{
			nslabEncode(&rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(index), Dst: codecGate, LLAddr: codecMAC}}),
			vishvanandaEncode(unix.RTM_NEWNEIGH, func() []nl.NetlinkRequestData {
				return []nl.NetlinkRequestData{&vishvananda.Ndmsg{Family: unix.AF_INET, Index: index, State: unix.NUD_PERMANENT},
					nl.NewRtAttr(unix.NDA_DST, gate.To4()), nl.NewRtAttr(unix.NDA_LLADDR, codecMAC)}
			}),
			jsimonettiEncode(&jsimonetti.NeighMessage{Family: unix.AF_INET, Index: index, State: unix.NUD_PERMANENT,
				Attributes: &jsimonetti.NeighAttributes{Address: gate, LLAddress: codecMAC}}),
		},
		same: func(m rtnl.Message) error {
			m.Type = unix.RTM_NEWNEIGH
			n, err := rtnl.DecodeNeigh(m)
			if err == nil && (n.Dst != codecGate || n.LLAddr.String() != codecMAC.String() || n.State != unix.NUD_PERMANENT) {
				err = fmt.Errorf("it is %+v", n)
			}
			return err
		},
		decode: func(m rtnl.Message) []impl[decodeOp] {
			return []impl[decodeOp]{
				{"nslab", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						n, err := rtnl.DecodeNeigh(m)
						return n.Dst, err
					}
				}},
				{"vishvananda", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						n, err := vishvananda.NeighDeserialize(m.Data)
						if err != nil {
							return netip.Addr{}, err
						}
						return addrOf(n.IP)
					}
				}},
				{"jsimonetti", func(testing.TB) decodeOp {
					return func() (netip.Addr, error) {
						var n jsimonetti.NeighMessage
						if err := n.UnmarshalBinary(m.Data); err != nil {
							return netip.Addr{}, err
						}
						return addrOf(n.Attributes.Address)
					}
				}},
			}
		},
		make: func(b *testing.B, c *rtnl.Conn, index uint32) rtnl.Message {
			return only(b, c, &rtnl.NeighDump{Family: unix.AF_INET, Index: index})
		},
	}
}

// only returns the one message of a dump.
func only(b *testing.B, c *rtnl.Conn, r rtnl.Request) rtnl.Message {
	b.Helper()
	all, err := c.Dump(b.Context(), r)
	if err != nil {
		b.Fatal(err)
	}
	if all.Len() != 1 {
		b.Fatalf("%d messages, want one", all.Len())
	}
	for m := range all.All() {
		return m
	}
	panic("not reached")
}

// BenchmarkMessage encodes the request for an address, a route or a neighbour,
// and decodes the kernel's message about it. Nothing is sent in the timed part.
func BenchmarkMessage(b *testing.B) {
	c := dialNslab(b)
	ps := pairs(1)
	makePairs(b, c, ps)
	index := ps[0].index
	var batch rtnl.Batch
	add(b, &batch, linkUp(index))
	add(b, &batch, &rtnl.AddrAdd{Address: rtnl.Address{Link: rtnl.LinkIndex(index), Prefix: codecAddr}})
	add(b, &batch, &rtnl.RouteAdd{Route: rtnl.Route{Dst: codecDst, Gateway: codecGate, OIF: rtnl.LinkIndex(index)}})
	add(b, &batch, &rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(index), Dst: codecGate, LLAddr: codecMAC}})
	if err := c.Run(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
	for i, k := range []codec{addrCodec(), routeCodec(), neighCodec()} {
		want := []netip.Addr{codecAddr.Addr(), codecDst.Addr(), codecGate}[i]
		b.Run(k.name+"/Encode", func(b *testing.B) {
			run(b, k.encode, func(b *testing.B, encode encodeOp) { benchEncode(b, k, encode) })
		})
		m := k.make(b, c, index)
		b.Run(k.name+"/Decode", func(b *testing.B) {
			run(b, k.decode(m), func(b *testing.B, decode decodeOp) { benchDecode(b, want, decode) })
		})
	}
}

func linkUp(index uint32) *rtnl.LinkSet {
	s := &rtnl.LinkSet{Link: rtnl.LinkIndex(index)}
	s.Up()
	return s
}

func benchEncode(b *testing.B, k codec, encode encodeOp) {
	data, err := encode()
	if err != nil {
		b.Fatal(err)
	}
	if data != nil {
		if err := k.same(rtnl.Message{Data: data}); err != nil {
			b.Fatalf("not the request that is wanted: %v", err)
		}
	}
	m := newMeter(b)
	m.start()
	for range b.N {
		if _, err := encode(); err != nil {
			b.Fatal(err)
		}
	}
	m.stop()
	m.report()
}

func benchDecode(b *testing.B, want netip.Addr, decode decodeOp) {
	m := newMeter(b)
	m.start()
	for range b.N {
		if got, err := decode(); err != nil || got != want {
			b.Fatalf("decoded %s: %v; want %s", got, err, want)
		}
	}
	m.stop()
	m.report()
}
