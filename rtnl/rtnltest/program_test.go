package rtnltest_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// careless is a program with a mistake: it takes a lost answer for a refusal,
// and tries again.
func careless(ctx context.Context, c *rtnl.Conn) error {
	err := c.Do(ctx, addBridge)
	if errors.Is(err, rtnl.ErrUnknown) {
		return c.Do(ctx, addBridge)
	}
	return err
}

// careful reads the state back.
func careful(ctx context.Context, c *rtnl.Conn) error {
	err := c.Do(ctx, addBridge)
	if errors.Is(err, rtnl.ErrUnknown) {
		if _, err = c.Link(ctx, rtnl.LinkName("br0")); errors.Is(err, fs.ErrNotExist) {
			return c.Do(ctx, addBridge)
		}
	}
	return err
}

// A test with a Peer sees the mistake, which a kernel shows once in a long
// time.
func TestProgram(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program func(context.Context, *rtnl.Conn) error
		took    bool // the request whose answer was lost took effect
		want    error
	}{
		{"careless", careless, true, fs.ErrExist},
		{"careless", careless, false, nil},
		{"careful", careful, true, nil},
		{"careful", careful, false, nil},
	} {
		var links []rtnl.Link
		lost := false
		c := rtnltest.Dial(t, func(a *rtnltest.Answer, m rtnl.Message) {
			switch {
			case m.Type == unix.RTM_GETLINK:
				a.Links(links...)
				return
			case len(links) > 0:
				a.Error(unix.EEXIST, nil)
				return
			case lost || tt.took:
				links = append(links, rtnl.Link{Index: 2, Name: "br0"})
			}
			if lost {
				a.Ack()
			} else {
				lost = true
				a.Overrun()
			}
		})
		if err := tt.program(t.Context(), c); !errors.Is(err, tt.want) || len(links) != 1 {
			t.Errorf("%s, took effect %v: %v, %d links", tt.name, tt.took, err, len(links))
		}
	}
}
