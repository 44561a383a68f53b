package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A writes records what each call of Write got.
type writes []string

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, string(b))
	return len(b), nil
}

// All whole lines of a piece of a log are one write, and the context ends it.
func TestLogWriter(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var got writes
	l := &logWriter{ctx: ctx, w: &got, prefix: "n | "}
	long := strings.Repeat("x", maxLine)
	for _, piece := range []string{"a\nb\nc", "", "d\n\ne", long, "f"} {
		if n, err := l.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := l.end(); err != nil {
		t.Fatal(err)
	}
	want := writes{"n | a\nn | b\n", "n | cd\nn | \n", "n | e" + long + "\n", "n | f\n"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%.200q, want %.200q", got, want)
	}
	reason := errors.New("a signal came")
	cancel(reason)
	if _, err := l.Write([]byte("g\n")); !errors.Is(err, reason) || len(got) != len(want) {
		t.Errorf("after the context has ended: %v, %d writes", err, len(got))
	}

	escaping := &logWriter{ctx: t.Context(), w: &got, escape: true}
	got = nil
	if _, err := escaping.Write([]byte("\x1b[31mred\n")); err != nil || len(got) != 1 || strings.Contains(got[0], "\x1b") {
		t.Errorf("on a terminal: %q, %v", got, err)
	}
}
