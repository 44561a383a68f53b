package rtnl

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// percent is a Probability, given in percent.
func percent(p float64) Probability { return NewProbability(p / 100) }

const ms = time.Millisecond

// tbf50 is what tc makes of "rate 50mbit burst 32kb latency 400ms".
var tbf50 = &TBF{Rate: 50e6 / 8, Burst: 32 << 10, Limit: 50e6/8*0.4 + 32<<10}

func qdiscOn(k QdiscKind) *QdiscAdd { return &QdiscAdd{Link: LinkIndex(v0Index), Kind: k} }

func TestQdiscGolden(t *testing.T) {
	const head = "000000000a00000000000000ffffffff00000000 0a0001006e6574656d000000"
	slot := qdiscOn(&Netem{Slot: &NetemSlot{MinDelay: 800 * time.Microsecond, MaxDelay: ms, MaxPackets: 32, MaxBytes: 64 << 10}})
	slot.Mode, slot.Handle = ModeReplace, NewTCHandle(1, 0)
	testGolden(t, tcmsgLen, []golden{
		{"tc qdisc add dev v0 root netem delay 30ms", qdiscOn(&Netem{Latency: 30 * ms}), unix.RTM_NEWQDISC, 0x600,
			head + "1c0002000e270700e803000000000000000000000000000000000000"},
		// What does not fit into ticks has nanoseconds, too: tc 6.1 refuses it.
		{"", qdiscOn(&Netem{Latency: 300 * time.Second, Jitter: 65}), unix.RTM_NEWQDISC, 0x600,
			head + "34000200ffffffffe803000000000000000000000000000001000000" + "0c000a0000b864d945000000" + "0c000b004100000000000000"},
		{"tc qdisc add dev v0 root netem delay 30ms 5ms 25%",
			qdiscOn(&Netem{Latency: 30 * ms, Jitter: 5 * ms, DelayCorr: percent(25)}), unix.RTM_NEWQDISC, 0x600,
			head + "2c0002000e270700e80300000000000000000000000000002d31010010000100000000400000000000000000"},
		{"tc qdisc add dev v0 root netem limit 500 loss random 0.1% 25% duplicate 1% 2% corrupt 3% 4%",
			qdiscOn(&Netem{Limit: 500, Loss: percent(0.1), LossCorr: percent(25), Duplicate: percent(1), DuplicateCorr: percent(2),
				Corrupt: percent(3), CorruptCorr: percent(4)}), unix.RTM_NEWQDISC, 0x600,
			head + "3800020000000000f40100003789410000000000295c8f020000000010000100000000000000004052b81e05" +
				"0c0004007b14ae07a4703d0a"},
		{"tc qdisc add dev v0 root netem delay 10ms reorder 25% 50% gap 5",
			qdiscOn(&Netem{Latency: 10 * ms, Reorder: percent(25), ReorderCorr: percent(50), Gap: 5}), unix.RTM_NEWQDISC, 0x600,
			// tc also sends correlations of 0.
			head + "280002005a620200e803000000000000050000000000000000000000" + "0c0003000000004000000080"},
		{"tc qdisc add dev v0 root netem loss gemodel 1% 10% 70% 0.1%",
			qdiscOn(&Netem{GEModel: &NetemGE{percent(1), percent(10), ^percent(70), percent(0.1)}}), unix.RTM_NEWQDISC, 0x600,
			head + "3400020000000000e8030000000000000000000000000000000000001800058014000200295c8f029a999919cdcccc4c37894100"},
		{"tc qdisc add dev v0 root netem loss state 1% 90% 20% 3% 4%",
			qdiscOn(&Netem{GIModel: &NetemGI{P13: percent(1), P31: percent(90), P32: percent(20), P23: percent(3), P14: percent(4)}}), unix.RTM_NEWQDISC, 0x600,
			head + "3800020000000000e8030000000000000000000000000000000000001c00058018000100295c8f02666666e633333333a4703d0a7b14ae07"},
		{"tc qdisc add dev v0 root netem loss gemodel 1% ecn",
			qdiscOn(&Netem{GEModel: &NetemGE{P: percent(1), R: percent(99)}, ECN: true}), unix.RTM_NEWQDISC, 0x600,
			head + "3c00020000000000e80300000000000000000000000000000000000008000700010000001800058014000200295c8f02d6a370fd0000000000000000"},
		{"tc qdisc add dev v0 root netem rate 50mbit", qdiscOn(&Netem{Rate: 50e6 / 8}), unix.RTM_NEWQDISC, 0x600,
			head + "3000020000000000e80300000000000000000000000000000000000014000600105e5f00000000000000000000000000"},
		{"tc qdisc add dev v0 root netem rate 50gbit 20 100 5",
			qdiscOn(&Netem{Rate: 50e9 / 8, PacketOverhead: 20, CellSize: 100, CellOverhead: 5}), unix.RTM_NEWQDISC, 0x600,
			head + "3c00020000000000e8030000000000000000000000000000000000000c000800806e87740100000014000600ffffffff140000006400000005000000"},
		{"tc qdisc replace dev v0 root handle 1: netem slot 800us 1ms packets 32 bytes 64k", slot, unix.RTM_NEWQDISC, 0x500,
			"000000000a00000000000100ffffffff00000000 0a0001006e6574656d000000" +
				"4800020000000000e8030000000000000000000000000000000000002c000c0000350c000000000040420f0000000000200000000000010000000000000000000000000000000000"},
		// Without the tables of rates that tc sends, and what it says of them; tc
		// 6.1 rounds the time of the burst to microseconds.
		{"", qdiscOn(tbf50), unix.RTM_NEWQDISC, 0x600,
			"000000000a00000000000000ffffffff00000000 0800010074626600 34000200" +
				"2800010000010000000000 00105e5f00000000000000000000000000a0a526000040010000000000" + "0800060000800000"},
		{"tc qdisc add dev v0 root pfifo_fast", qdiscOn(PlainQdisc("pfifo_fast")), unix.RTM_NEWQDISC, 0x600,
			"000000000a00000000000000ffffffff00000000 0f000100706669666f5f6661737400 00"},
		{"tc qdisc del dev v0 root", &QdiscDel{Link: LinkIndex(v0Index)}, unix.RTM_DELQDISC, 0, "000000000a00000000000000ffffffff00000000"},
		{"tc qdisc del dev v0 parent 1:1 handle 10:", &QdiscDel{Link: LinkIndex(v0Index), Parent: NewTCHandle(1, 1), Handle: NewTCHandle(0x10, 0)},
			unix.RTM_DELQDISC, 0, "000000000a00000000001000010001000000 0000"},
		{"tc qdisc show", &QdiscDump{}, unix.RTM_GETQDISC, 0x300, "0000000000000000000000000000000000000000"},
		{"tc qdisc show dev v0 invisible", &QdiscDump{Index: v0Index, Invisible: true}, unix.RTM_GETQDISC, 0x300,
			"000000000a000000000000000000000000000000 04000a00"},
	})
}

func TestQdiscInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&QdiscAdd{Kind: &Netem{}}, "qdisc: no link given"},
		{&QdiscDel{}, "qdisc: no link given"},
		{&QdiscDel{Link: LinkIndex(1), Handle: NewTCHandle(1, 2)}, "handle 1:2 has a minor number"},
		{&QdiscAdd{Link: LinkIndex(1)}, "no kind given"},
		{&QdiscAdd{Link: LinkIndex(1), Kind: &Netem{}, Mode: ModeAppend}, "append is not possible"},
		{qdiscOn(&Netem{Latency: -1}), "negative"},
		{qdiscOn(&Netem{Loss: 1, GEModel: &NetemGE{}}), "at most one of random loss, gemodel and state"},
		{qdiscOn(&Netem{ECN: true}), "ECN needs a loss"},
		{qdiscOn(&Netem{Reorder: 1}), "reordering needs a delay"},
		{qdiscOn(&Netem{Latency: ms, Gap: 3}), "a gap needs a probability"},
		{qdiscOn(&Netem{Latency: ms, Distribution: NetemNormal()}), "a delay and a jitter"},
		{qdiscOn(&Netem{Latency: ms, Jitter: ms, Distribution: make([]int16, 16385)}), "a distribution of 16385 values, at most 16384"},
		{qdiscOn(&Netem{Slot: &NetemSlot{MinDelay: ms, MaxDelay: 1}}), "slots from 1ms to 1ns"},
		{qdiscOn(&Netem{Slot: &NetemSlot{MaxPackets: -1}}), "negative number in a slot"},
		{qdiscOn(&Netem{Slot: &NetemSlot{Distribution: NetemNormal()}}), "distribution of slots needs"},
		{qdiscOn(&TBF{}), "no rate given"},
		{qdiscOn(&TBF{Rate: 1}), "a burst and a limit"},
		{qdiscOn(&TBF{Rate: 2, Burst: 1, Limit: 1, PeakRate: 1}), "must be higher"},
		{qdiscOn(&TBF{Rate: 2, Burst: 1, Limit: 1, PeakRate: 3}), "a burst of its own"},
		{qdiscOn(&TBF{Rate: 2, Burst: 1, Limit: 1, PeakBurst: 3}), "needs a peak rate"},
	})
}

func TestTCHandle(t *testing.T) {
	for h, want := range map[TCHandle]string{
		0: "none", TCRoot: "root", TCIngress: "ffff:fff1", NewTCHandle(0x8001, 0): "8001:", NewTCHandle(1, 0x1f): "1:1f", 5: ":5",
	} {
		if got := h.String(); got != want {
			t.Errorf("%#x: %q, want %q", uint32(h), got, want)
		}
	}
}

// What the kernel lacks is named, and matches ErrNotSupported.
func TestQdiscNeeds(t *testing.T) {
	b, err := Encode(qdiscOn(&Netem{}))
	if err != nil {
		t.Fatal(err)
	}
	e := new(Conn).newError(encoded{b: b}, unix.ENOENT, extAck{message: unknownQdisc}, nil)
	want := `add qdisc "netem" on index 10: Specified qdisc kind is unknown (ENOENT): qdisc "netem" needs CONFIG_NET_SCH_NETEM, the kernel's module sch_netem`
	if e.Error() != want || !errors.Is(e, ErrNotSupported) {
		t.Errorf("%v, ErrNotSupported %t", e, errors.Is(e, ErrNotSupported))
	}
	if e := new(Conn).newError(encoded{b: b}, unix.ENOENT, extAck{message: "another"}, nil); e.Needs != "" || errors.Is(e, ErrNotSupported) {
		t.Errorf("%v", e)
	}
}

// needQdisc makes a qdisc, or skips the test where the kernel has none such.
func needQdisc(t *testing.T, c *Conn, r *QdiscAdd) {
	t.Helper()
	err := c.Do(bg, r)
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// qdiscLink makes a veth pair q0 and q1.
func qdiscLink(t *testing.T, c *Conn) {
	t.Helper()
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "q1"}}, Name: "q0"})
}

// rootQdisc returns the qdisc that q0 sends through.
func rootQdisc(t *testing.T, c *Conn) Qdisc {
	t.Helper()
	index := getLink(t, c, LinkName("q0")).Index
	all, err := c.Qdiscs(bg, QdiscDump{Index: index})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		if q.Parent == TCRoot {
			return q
		}
	}
	t.Fatalf("no root among %+v", all)
	return Qdisc{}
}

// A qdisc made by us and one made by tc with the same words are the same to tc,
// and what is decoded is what was set.
func TestIntegrationQdisc(t *testing.T) {
	testenv.NeedTool(t, "tc")
	c := dial(t, nil)
	qdiscLink(t, c)
	for _, tt := range []struct {
		words string
		kind  QdiscKind
	}{
		{"netem delay 30ms", &Netem{Latency: 30 * ms, Limit: 1000}},
		{"netem delay 30ms 5ms 25% distribution normal", &Netem{Latency: 30 * ms, Jitter: 5 * ms, DelayCorr: percent(25), Limit: 1000, Distribution: NetemNormal()}},
		{"netem delay 250s", &Netem{Latency: 250 * time.Second, Limit: 1000}},
		{"netem limit 500 loss random 0.1% 25% duplicate 1% 2% corrupt 3% 4%",
			&Netem{Limit: 500, Loss: percent(0.1), LossCorr: percent(25), Duplicate: percent(1), DuplicateCorr: percent(2),
				Corrupt: percent(3), CorruptCorr: percent(4)}},
		{"netem delay 10ms reorder 25% 50% gap 5", &Netem{Latency: 10 * ms, Reorder: percent(25), ReorderCorr: percent(50), Gap: 5, Limit: 1000}},
		{"netem loss gemodel 1% 10% 70% 0.1%", &Netem{GEModel: &NetemGE{percent(1), percent(10), ^percent(70), percent(0.1)}, Limit: 1000}},
		{"netem loss state 1% 90% 20% 3% 4%", &Netem{GIModel: &NetemGI{percent(1), percent(90), percent(20), percent(3), percent(4)}, Limit: 1000}},
		{"netem loss 1% ecn", &Netem{Loss: percent(1), ECN: true, Limit: 1000}},
		{"netem rate 50mbit", &Netem{Rate: 50e6 / 8, Limit: 1000}},
		{"netem rate 50gbit 20 100 5", &Netem{Rate: 50e9 / 8, PacketOverhead: 20, CellSize: 100, CellOverhead: 5, Limit: 1000}},
		{"netem slot 800us 1ms packets 32 bytes 64k",
			&Netem{Slot: &NetemSlot{MinDelay: 800 * time.Microsecond, MaxDelay: ms, MaxPackets: 32, MaxBytes: 64 << 10}, Limit: 1000}},
		{"netem slot distribution pareto 1ms 2ms", &Netem{Slot: &NetemSlot{Delay: ms, Jitter: 2 * ms, Distribution: NetemPareto()}, Limit: 1000}},
		{"tbf rate 50mbit burst 32kb latency 400ms", tbf50},
		{"tbf rate 50mbit burst 32kb limit 100000 peakrate 60mbit mtu 2000 overhead 20 mpu 64 linklayer atm",
			&TBF{Rate: 50e6 / 8, Burst: 32 << 10, Limit: 100000, PeakRate: 60e6 / 8, PeakBurst: 2000, Overhead: 20, MPU: 64, ATM: true}},
		{"tbf rate 50gbit burst 32mb limit 100000", &TBF{Rate: 50e9 / 8, Burst: 32 << 20, Limit: 100000}},
		{"fq_codel", PlainQdisc("fq_codel")},
	} {
		t.Run(tt.words, func(t *testing.T) {
			add := qdiscOn(tt.kind)
			add.Handle = NewTCHandle(0x77, 0)
			add.Link = LinkName("q0")
			needQdisc(t, c, add)
			defer do(t, c, &QdiscDel{Link: LinkName("q0")})
			q := rootQdisc(t, c)
			if q.Kind != tt.kind.Kind() || q.Handle != add.Handle || q.IsDefault() {
				t.Errorf("%+v", q)
			}
			ipLines(t, "tc qdisc add dev q1 root handle 77: "+tt.words)
			defer ipLines(t, "tc qdisc del dev q1 root")
			// Carriers come and go, and with them packets.
			volatile := []string{"dev", "bytes", "packets", "drops", "overlimits", "requeues", "backlog", "qlen"}
			ours, theirs := ipJSON(t, "tc -j -s -d qdisc show dev q0 root", volatile...), ipJSON(t, "tc -j -s -d qdisc show dev q1 root", volatile...)
			for _, all := range [][]map[string]any{ours, theirs} {
				if o, ok := all[0]["options"].(map[string]any); ok {
					delete(o, "seed")
				}
			}
			if d := cmp.Diff(theirs, ours); d != "" || len(ours) != 1 {
				t.Errorf("(-tc +ours):\n%s", d)
			}
			switch want := tt.kind.(type) {
			case *Netem:
				got, err := DecodeNetem(q.Options)
				if err != nil {
					t.Fatal(err)
				}
				got.Seed = Opt[uint64]{}
				got.Distribution = want.Distribution // not reported
				if got.Slot != nil {
					got.Slot.Distribution = want.Slot.Distribution
				}
				if d := same(want, got); d != "" {
					t.Errorf("(-set +decoded):\n%s", d)
				}
			case *TBF:
				got, err := DecodeTBF(q.Options)
				if err != nil {
					t.Fatal(err)
				}
				if want.Overhead > 0 {
					got.Burst, got.PeakBurst = want.Burst, want.PeakBurst // it is counted in
				}
				near := func(a, b uint32, rate uint64) bool {
					return a-b+uint32(rate*schedTick/1e9)+1 <= 2*(uint32(rate*schedTick/1e9)+1)
				}
				if !near(got.Burst, want.Burst, want.Rate) || !near(got.PeakBurst, want.PeakBurst, want.PeakRate) {
					t.Errorf("burst %d, peak burst %d", got.Burst, got.PeakBurst)
				}
				got.Burst, got.PeakBurst = want.Burst, want.PeakBurst
				if d := same(want, got); d != "" {
					t.Errorf("(-set +decoded):\n%s", d)
				}
			}
		})
	}
}

// The kernel's own qdisc is told apart, and modes do as they say.
func TestIntegrationQdiscModes(t *testing.T) {
	c := dial(t, nil)
	qdiscLink(t, c)
	on := LinkName("q0")
	do(t, c, &LinkSet{Link: on, LinkAttrs: LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP}}) // none is listed before
	if q := rootQdisc(t, c); !q.IsDefault() || q.Kind != "noqueue" {
		t.Errorf("%+v", q)
	}
	if err := c.Do(bg, &QdiscDel{Link: on}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the default was deleted: %v", err)
	}
	if err := c.Do(bg, &QdiscAdd{Link: on, Kind: tbf50, Mode: ModeChange}); !errors.Is(err, unix.ENOENT) {
		t.Errorf("nothing was changed: %v", err)
	}
	needQdisc(t, c, &QdiscAdd{Link: on, Kind: tbf50})
	first := rootQdisc(t, c)
	if err := c.Do(bg, &QdiscAdd{Link: on, Kind: tbf50}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	slow := *tbf50
	slow.Rate /= 2
	for _, mode := range []Mode{ModeChange, ModeReplace} {
		slow.Rate /= 2
		do(t, c, &QdiscAdd{Link: on, Kind: &slow, Mode: mode})
		q := rootQdisc(t, c)
		if k, err := DecodeTBF(q.Options); err != nil || k.Rate != slow.Rate || q.Handle != first.Handle {
			t.Errorf("%s: %+v, %v", mode, q, err)
		}
	}
	do(t, c, &QdiscAdd{Link: on, Kind: tbf50, Mode: ModeReplace, Handle: NewTCHandle(5, 0)})
	if q := rootQdisc(t, c); q.Handle != NewTCHandle(5, 0) || q.Kind != "tbf" {
		t.Errorf("it was not made anew: %+v", q)
	}
	do(t, c, &QdiscAdd{Link: on, Kind: PlainQdisc("pfifo_fast"), Mode: ModeReplace})
	if q := rootQdisc(t, c); q.Kind != "pfifo_fast" {
		t.Errorf("%+v", q)
	}
	do(t, c, &QdiscDel{Link: on})
}

// With All a change sets back what it does not give; without it the kernel
// keeps it.
func TestIntegrationNetemAll(t *testing.T) {
	c := dial(t, nil)
	qdiscLink(t, c)
	full := &Netem{
		Latency: 10 * ms, Jitter: ms, Limit: 77, Loss: percent(1), ECN: true, Reorder: percent(5), Gap: 2, Corrupt: percent(1), Duplicate: percent(1),
		DelayCorr: percent(1), LossCorr: percent(1), DuplicateCorr: percent(1), ReorderCorr: percent(1), CorruptCorr: percent(1),
		Rate: 50e9 / 8, CellSize: 100, Slot: &NetemSlot{MinDelay: ms, MaxPackets: 5},
	}
	needQdisc(t, c, &QdiscAdd{Link: LinkName("q0"), Kind: full})
	for _, tt := range []struct{ change, want Netem }{
		{Netem{Latency: ms}, Netem{Latency: ms, Limit: 1000, ECN: true, Reorder: percent(5), ReorderCorr: percent(1), Corrupt: percent(1),
			CorruptCorr: percent(1), DelayCorr: percent(1), LossCorr: percent(1), DuplicateCorr: percent(1), Rate: 50e9 / 8, CellSize: 100,
			Slot: &NetemSlot{MinDelay: ms, MaxDelay: ms, MaxPackets: 5}}},
		{Netem{Latency: ms, All: true}, Netem{Latency: ms, Limit: 1000}},
	} {
		do(t, c, &QdiscAdd{Link: LinkName("q0"), Kind: &tt.change, Mode: ModeChange})
		got, err := DecodeNetem(rootQdisc(t, c).Options)
		if err != nil {
			t.Fatal(err)
		}
		got.Seed = Opt[uint64]{}
		if d := same(&tt.want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

func FuzzDecodeNetem(f *testing.F) {
	for _, k := range []*Netem{
		{}, {All: true}, {GIModel: &NetemGI{P13: 1}}, {GEModel: &NetemGE{P: 1}}, {Rate: 50e9, Slot: &NetemSlot{MinDelay: ms}, Seed: Some(uint64(1))},
	} {
		var e Encoder
		k.EncodeOptions(&e)
		f.Add(e.buf)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeNetem(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		k.All = true
		var e Encoder
		if k.EncodeOptions(&e); e.err != nil {
			return // it is not one that the kernel would report
		}
		again, err := DecodeNetem(e.buf)
		if err != nil {
			t.Fatal(err)
		}
		if again.Latency != k.Latency || again.Jitter != k.Jitter || again.Loss != k.Loss || again.Corrupt != k.Corrupt || again.Seed != k.Seed {
			t.Errorf("%+v, then %+v", k, again)
		}
	})
}

func FuzzDecodeTBF(f *testing.F) {
	for _, k := range []*TBF{tbf50, {Rate: 50e9, Burst: 1 << 20, Limit: 1 << 20, PeakRate: 60e9, PeakBurst: 1 << 20, ATM: true}} {
		var e Encoder
		k.EncodeOptions(&e)
		f.Add(e.buf)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := DecodeTBF(b); err != nil && (k != nil || !errors.Is(err, ErrMalformed)) {
			t.Errorf("%+v, %v", k, err)
		}
	})
}

func FuzzDecodeQdisc(f *testing.F) {
	b, err := Encode(qdiscOn(&Netem{All: true}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[nlmsgHdrLen:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodeQdisc(Message{Type: unix.RTM_NEWQDISC, Data: b}); err != nil && !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	})
}
