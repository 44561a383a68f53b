package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A command whose reader has stopped reading ends with the first signal.
func TestIntegrationReaderPaused(t *testing.T) {
	messages := file(t, "messages", strings.Repeat("14000000120001030100000000000000 00000000\n", 20_000))
	for _, args := range [][]string{{"decode", messages}, {"decode", "-o", "json", messages}, {"completion", "bash"}} {
		t.Run(strings.Join(args[:len(args)-1], " "), func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			size, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize())
			if err != nil {
				t.Fatal(err)
			}
			c := newChild(t, nil, args...)
			c.cmd.Stdout = w
			if err := c.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			until(t, "the pipe is full", func() bool {
				n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
				if err != nil {
					t.Fatal(err)
				}
				return n == size
			})
			endsAt(t, c, unix.SIGTERM)
			if !strings.Contains(c.err.String(), "standard output"+notRead) {
				t.Errorf("%v", c)
			}
		})
	}
}
