package iproute

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
)

// A flush deletes what a question chooses, and asks again until there is nothing
// more, as ip(8) does: what is deleted may bring something else to light.
type flush struct {
	// what is the plural of what is deleted, "routes".
	what string
	// loops bounds the rounds; 0 does not.
	loops int
	// once ends after one round.
	once bool
	// list asks what there is. Show, for "-s -s", writes it too.
	list func(ctx context.Context, show bool) ([]rtnl.Request, error)
}

// run carries out a flush and, with -statistics, tells of it on out.
func (f flush) run(ctx context.Context, conn *rtnl.Conn, o *Options, out io.Writer) error {
	var told error
	tell := func(format string, args ...any) {
		if o.Stats > 0 && told == nil {
			_, told = fmt.Fprintf(out, format, args...)
		}
	}
	for round := 0; f.loops == 0 || round < f.loops; {
		reqs, err := f.list(ctx, o.Stats > 1)
		if err != nil {
			return err
		}
		if len(reqs) == 0 && round == 0 {
			tell("Nothing to flush.\n")
			return told
		}
		done := len(reqs) == 0
		if !done {
			round++
			if err := deleteAll(ctx, conn, reqs); err != nil {
				return err
			}
			tell("\n*** Round %d, deleting %d %s ***\n", round, len(reqs), f.what)
		}
		if done || f.once {
			s := "s"
			if round == 1 {
				s = ""
			}
			tell("*** Flush is complete after %d round%s ***\n", round, s)
			return told
		}
	}
	return &Error{Status: statusUsage, Err: fmt.Errorf("*** Flush remains incomplete after %d rounds. ***", f.loops)}
}

// deleteAll carries out deletions. What has gone already is as good as deleted,
// but then something must have been there: else the next round would be the
// same.
func deleteAll(ctx context.Context, conn *rtnl.Conn, reqs []rtnl.Request) error {
	var b rtnl.Batch
	for _, r := range reqs {
		if err := b.Add(r); err != nil {
			return err
		}
	}
	err := conn.Run(ctx, &b)
	var partial *rtnl.BatchError
	if !errors.As(err, &partial) {
		return err
	}
	deleted := false
	for i := range b.Len() {
		switch status, err := b.Result(i); {
		case status == rtnl.Done:
			deleted = true
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if deleted {
		return nil
	}
	return err
}
