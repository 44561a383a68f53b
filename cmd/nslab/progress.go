package main

import (
	"fmt"
	"io"
	"time"

	"github.com/nslab/nslab/internal/plain"
)

// A progress shows how far work has come, on one line of a terminal. On
// anything else it shows nothing.
type progress struct {
	w     io.Writer // nil to show nothing
	start time.Time
	last  time.Time
	shown bool
}

const (
	progressAfter = 500 * time.Millisecond // shorter work shows nothing
	progressEvery = 100 * time.Millisecond
	progressWidth = 60 // of the description of the work
)

func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if terminal(w) {
		p.w = w
	}
	return p
}

// step must be called for each step.
func (p *progress) step(done, total int, what string) {
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%3d%% %d/%d %s", 100*done/max(total, 1), done, total, shortened(what))
}

// clear removes the line.
func (p *progress) clear() {
	if p.shown {
		p.shown = false
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// shortened returns text that fits into the line.
func shortened(s string) string {
	r := []rune(plain.Text(s))
	if len(r) > progressWidth {
		r = append(r[:progressWidth-3:progressWidth-3], '.', '.', '.')
	}
	return string(r)
}
