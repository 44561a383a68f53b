package rtnltest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

var addBridge = &rtnl.LinkAdd{Name: "br0", Kind: &rtnl.Bridge{}}

// What a Handler refuses a request with is what the program gets, in every
// field.
func TestError(t *testing.T) {
	const forwardDelay = "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY"
	add := &rtnl.LinkAdd{Name: "br0", Kind: &rtnl.Bridge{ForwardDelay: rtnl.Some(time.Second)}}
	for _, tt := range []struct {
		name  string
		errno unix.Errno
		ack   *rtnltest.ExtAck
		want  string
	}{
		{"bare", unix.EBUSY, nil, `create link "br0": device or resource busy (EBUSY)`},
		{"empty", unix.EBUSY, &rtnltest.ExtAck{}, `create link "br0": device or resource busy (EBUSY)`},
		{"sentence", unix.EINVAL, &rtnltest.ExtAck{Message: "No"}, `create link "br0": No (EINVAL)`},
		{"attribute", unix.ERANGE, &rtnltest.ExtAck{Message: "No", Attr: forwardDelay, Cookie: []byte{1, 2, 3}, Policy: &rtnl.Policy{
			Type: 4, Min: rtnl.Some[int64](-1), Max: rtnl.Some[int64](9), MaxUnsigned: rtnl.Some[uint64](8),
			MinLength: rtnl.Some[uint32](4), MaxLength: rtnl.Some[uint32](5), Mask: rtnl.Some[uint64](7),
		}}, `create link "br0": No (ERANGE, at ` + forwardDelay + `, at least -1, at most 8, at least 4 bytes, at most 5 bytes, bits within 0x7)`},
		{"missing", unix.EINVAL, &rtnltest.ExtAck{Missing: "IFLA_MTU"}, `create link "br0": invalid argument (EINVAL, IFLA_MTU is missing)`},
		{"missing in a nest", unix.EINVAL, &rtnltest.ExtAck{Missing: "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_PRIORITY"},
			`create link "br0": invalid argument (EINVAL, IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_PRIORITY is missing)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) { a.Error(tt.errno, tt.ack) })
			var e *rtnl.Error
			if err := c.Do(t.Context(), add); !errors.As(err, &e) || e.Errno != tt.errno || e.Error() != tt.want {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			ack := rtnltest.ExtAck{}
			if tt.ack != nil {
				ack = *tt.ack
			}
			got := rtnltest.ExtAck{Message: e.Message, Attr: e.Attr, Missing: e.Missing, Policy: e.Policy, Cookie: e.Cookie}
			if diff := cmp.Diff(ack, got, cmp.AllowUnexported(rtnl.Opt[int64]{}, rtnl.Opt[uint64]{}, rtnl.Opt[uint32]{})); diff != "" {
				t.Errorf("(-given +got)\n%s", diff)
			}
		})
	}
}

// An error cannot point at what the request does not have.
func TestErrorPanics(t *testing.T) {
	for _, tt := range []struct {
		ack  rtnltest.ExtAck
		want string
	}{
		{rtnltest.ExtAck{Attr: "IFLA_MTU"}, "rtnltest: RTM_NEWLINK has no attribute IFLA_MTU"},
		{rtnltest.ExtAck{Missing: "IFLA_AF_SPEC/x"}, "rtnltest: RTM_NEWLINK can have no attribute IFLA_AF_SPEC/x, or not with what else it has"},
	} {
		c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) {
			defer func() {
				if r := recover(); r != tt.want {
					t.Errorf("panic %v, want %s", r, tt.want)
				}
			}()
			a.Error(unix.EINVAL, &tt.ack)
		})
		if err := c.Do(t.Context(), addBridge); !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWarn(t *testing.T) {
	var got []rtnl.Warning
	c, err := rtnl.Dial(&rtnl.Config{
		Name: "w", OnWarning: func(w rtnl.Warning) { got = append(got, w) },
		Peer: rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) { a.Warn("careful") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Do(t.Context(), addBridge); err != nil {
		t.Error(err)
	}
	want := rtnl.Warning{Op: "create link", Object: `"br0"`, NetNS: "w", Message: "careful"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v", got)
	}
}

// A Handler that writes nothing has not heard of the request's type.
func TestNoAnswer(t *testing.T) {
	for _, h := range []rtnltest.Handler{nil, func(*rtnltest.Answer, rtnl.Message) {}} {
		if err := rtnltest.Dial(t, h).Do(t.Context(), addBridge); !errors.Is(err, rtnl.ErrNotSupported) {
			t.Errorf("got %v", err)
		}
	}
}

// In a bubble of synctest an answer that never comes takes no time to wait for,
// and one that comes late is not taken for the answer to another request.
func TestLose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var late []*rtnltest.Answer
		c := rtnltest.Dial(t, func(a *rtnltest.Answer, m rtnl.Message) {
			if m.Type == unix.RTM_GETLINK {
				a.Links(rtnl.Link{Index: 1, Name: "lo"})
				return
			}
			late = append(late, a)
			a.Lose()
		})
		began := time.Now()
		err := c.Do(t.Context(), addBridge)
		if !errors.Is(err, rtnl.ErrUnknown) || !strings.Contains(err.Error(), "no answer within 10s") || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Do(ctx, addBridge); !errors.Is(err, rtnl.ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		late[0].Error(unix.EEXIST, nil)
		late[1].Ack()
		if l, err := c.Link(t.Context(), rtnl.LinkIndex(1)); err != nil || l.Name != "lo" {
			t.Errorf("got %+v, %v", l, err)
		}
		// Late, but not too late.
		go func() {
			synctest.Wait() // until the program waits
			late[2].Ack()
		}()
		if err := c.Do(t.Context(), addBridge); err != nil {
			t.Error(err)
		}
	})
}

// A batch hears of the requests that failed, and of its last one.
func TestBatch(t *testing.T) {
	var asked []bool
	lost := false
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, m rtnl.Message) {
		asked = append(asked, m.Flags&unix.NLM_F_ACK != 0)
		switch {
		case lost && len(asked) == 3:
			a.Overrun()
		case len(asked) == 2:
			a.Error(unix.EEXIST, nil)
		default:
			a.Ack()
		}
	})
	var b rtnl.Batch
	for range 3 {
		if err := b.Add(addBridge); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range [][]rtnl.Status{{rtnl.Done, rtnl.Failed, rtnl.Done}, {rtnl.Unknown, rtnl.Failed, rtnl.Unknown}} {
		err := c.Run(t.Context(), &b)
		var got []rtnl.Status
		for i := range b.Len() {
			s, _ := b.Result(i)
			got = append(got, s)
		}
		if diff := cmp.Diff(want, got); diff != "" || err == nil {
			t.Errorf("%v\n%s", err, diff)
		}
		if diff := cmp.Diff([]bool{false, false, true}, asked); diff != "" {
			t.Errorf("acknowledgements asked for: %s", diff)
		}
		asked, lost = nil, true
	}
}

// A table comes in several datagrams; a small one and an empty one do, too.
func TestDump(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		var seen counter
		c, err := rtnl.Dial(&rtnl.Config{Observer: &seen, Peer: rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) {
			var table []rtnl.Message
			for i := range n {
				table = append(table, rtnltest.NewLink(rtnl.Link{Index: uint32(i + 1), Name: fmt.Sprint("d", i)}))
			}
			a.Dump(table...)
		})})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		links, err := c.Links(t.Context(), rtnl.LinkDump{})
		if err != nil || len(links) != n || n > 0 && links[n-1].Index != uint32(n) {
			t.Errorf("%d links: got %d, %v", n, len(links), err)
		}
		if n == 1000 && (seen.datagrams < 4 || seen.largest > 8192) {
			t.Errorf("%d datagrams, of at most %d bytes", seen.datagrams, seen.largest)
		}
	}
}

// A counter counts what is received.
type counter struct{ datagrams, largest int }

func (c *counter) Observe(d nlspec.Datagram) {
	if d.Direction == nlspec.Received {
		c.datagrams++
		c.largest = max(c.largest, len(d.Data))
	}
}

func TestDoneError(t *testing.T) {
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) {
		a.Part(rtnltest.NewLink(rtnl.Link{Index: 1}))
		a.DoneError(unix.ENOMEM, &rtnltest.ExtAck{Message: "No memory"})
	})
	if links, err := c.Links(t.Context(), rtnl.LinkDump{}); links != nil || err == nil || err.Error() != "list links: No memory (ENOMEM)" {
		t.Errorf("%v, %v", links, err)
	}
}

// Links answers as the kernel does.
func TestLinks(t *testing.T) {
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) {
		a.Links(rtnl.Link{Index: 1, Name: "lo"}, rtnl.Link{Index: 2, Name: "br0", Kind: "bridge"},
			rtnl.Link{Index: 3, Name: "p0", Kind: "veth", Master: 2, AltNames: []string{"the-first-of-all-ports", "short"}})
	})
	for _, tt := range []struct {
		ref  rtnl.LinkRef
		want uint32
	}{
		{rtnl.LinkIndex(2), 2}, {rtnl.LinkName("p0"), 3}, {rtnl.LinkName("short"), 3}, {rtnl.LinkName("the-first-of-all-ports"), 3},
		{rtnl.LinkIndex(4), 0}, {rtnl.LinkName("p1"), 0},
	} {
		l, err := c.Link(t.Context(), tt.ref)
		if l.Index != tt.want || errors.Is(err, fs.ErrNotExist) != (tt.want == 0) {
			t.Errorf("%+v: %+v, %v", tt.ref, l, err)
		}
	}
	for _, tt := range []struct {
		dump rtnl.LinkDump
		want int
	}{{rtnl.LinkDump{}, 3}, {rtnl.LinkDump{Kind: "veth"}, 1}, {rtnl.LinkDump{Master: 2}, 1}, {rtnl.LinkDump{Kind: "vlan"}, 0}} {
		if links, err := c.Links(t.Context(), tt.dump); err != nil || len(links) != tt.want {
			t.Errorf("%+v: %v, %v", tt.dump, links, err)
		}
	}
}

// What a program makes of a datagram that is no message, and of one that is not
// for it.
func TestRaw(t *testing.T) {
	raw := make([]byte, 20)
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, m rtnl.Message) {
		a.Raw(raw)
		a.Ack()
	})
	if err := c.Do(t.Context(), addBridge); !errors.Is(err, rtnl.ErrMalformed) {
		t.Errorf("got %v", err)
	}
	raw[0] = 20 // of another sequence number
	if err := c.Do(t.Context(), addBridge); err != nil {
		t.Error(err)
	}
}

// What NLM_F_ECHO asks for comes before the acknowledgement.
func TestEcho(t *testing.T) {
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, m rtnl.Message) {
		if m.Flags&unix.NLM_F_ECHO == 0 {
			a.Error(unix.EINVAL, nil)
			return
		}
		a.Reply(rtnltest.NewLink(rtnl.Link{Index: 7, Name: "br0"}))
		a.Ack()
	})
	got, err := c.Echo(t.Context(), addBridge)
	if err != nil {
		t.Fatal(err)
	}
	for m := range got.All() {
		if l, err := rtnl.DecodeLink(m); err != nil || l.Index != 7 {
			t.Errorf("%+v, %v", l, err)
		}
	}
	if got.Len() != 1 {
		t.Errorf("%d messages", got.Len())
	}
	// A program may close what Dial closes.
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// The end of a table is no answer to a question for one object.
func TestGet(t *testing.T) {
	c := rtnltest.Dial(t, func(a *rtnltest.Answer, _ rtnl.Message) { a.Dump() })
	if l, err := c.Link(t.Context(), rtnl.LinkIndex(1)); !errors.Is(err, rtnl.ErrMalformed) {
		t.Errorf("got %+v, %v", l, err)
	}
}
