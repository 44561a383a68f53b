package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
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

func TestSinceTime(t *testing.T) {
	zone := time.FixedZone("", 3600)
	now := time.Date(2026, 12, 1, 15, 0, 0, 0, zone)
	for _, tt := range []struct{ text, want string }{
		{"10m", "2026-12-01T14:50:00+01:00"},
		{"1h30m", "2026-12-01T13:30:00+01:00"},
		{"0s", "2026-12-01T15:00:00+01:00"},
		{"14:30", "2026-12-01T14:30:00+01:00"},
		{"14:30:05", "2026-12-01T14:30:05+01:00"},
		{"2026-11-30", "2026-11-30T00:00:00+01:00"},
		{"2026-11-30T23:59", "2026-11-30T23:59:00+01:00"},
		{"2026-11-30 23:59:01", "2026-11-30T23:59:01+01:00"},
		{"2026-11-30T23:59:01.5Z", "2026-11-30T23:59:01.5Z"},
		{"-5m", ""}, {"", ""}, {"5", ""}, {"25:00", ""}, {"Start", ""},
	} {
		got, err := sinceTime(tt.text, now)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%q: %v", tt.text, got)
			}
		} else if err != nil || got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%q: %v, %v", tt.text, got, err)
		}
	}
}
