package iproute

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
)

// A flush deletes the objects that a query returns, and repeats the query until
// it returns none, as ip(8) does: a deletion may uncover others.
type flush struct {
	// what is the plural of what is deleted, such as "routes".
	what string
	// loops bounds the number of rounds; 0 means no bound.
	loops int
	// once ends the flush after one round.
	once bool
	// list returns the requests that delete what there is. If show is set, for
	// "-s -s", it also prints it.
	list func(ctx context.Context, show bool) ([]rtnl.Request, error)
}

// run carries out a flush and, with -statistics, reports on out.
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
	text := fmt.Sprintf("*** Flush remains incomplete after %d rounds. ***", f.loops)
	return &Error{Status: statusUsage, Err: &peerError{text, errors.New(text)}}
}

// deleteAll carries out deletions. An object that has already gone counts as
// deleted. But at least one must have existed, otherwise the next round would
// be the same.
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
