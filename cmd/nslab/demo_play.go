package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/nlspec"
)

// A counter counts netlink messages.
type counter struct{ datagrams, messages int }

// Observe implements nlspec.Observer.
func (c *counter) Observe(d nlspec.Datagram) {
	c.datagrams++
	m, _ := audit.Decode(d.Protocol, d.Data)
	c.messages += len(m)
}

// demoPlay is a running demo.
type demoPlay struct {
	out    *printer
	e      *engine.Engine
	s      *iproute.Session
	count  counter
	said   bytes.Buffer
	tracer *audit.Tracer
}

// newDemoPlay starts a demo that prints to w.
func (a *app) newDemoPlay(w io.Writer) *demoPlay {
	d := &demoPlay{out: &printer{w: w}}
	d.tracer = audit.NewTracer(&d.said)
	d.e = &engine.Engine{Observer: a.watch.observer(&d.count, d.tracer)}
	d.s = &iproute.Session{Engine: d.e, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: w}
	return d
}

// end takes down what the demo built, even after an interrupt.
func (d *demoPlay) end(ctx context.Context) error {
	_, err := takeDown(context.WithoutCancel(ctx), d.e)
	return errors.Join(err, d.tracer.Err(), d.out.err)
}

// line prints a line and the number of messages that it took.
func (d *demoPlay) line(text string, do func() error) error {
	d.said.Reset()
	if err := do(); err != nil {
		return fmt.Errorf("demo: %s: %w", text, err)
	}
	d.out.printf("\n  %s\n", text)
	if d.said.Len() == 0 {
		d.out.printf("      (no netlink: unshare, mount)\n")
	}
	for line := range strings.Lines(d.said.String()) {
		d.out.folded(line, messageLines)
	}
	return nil
}

// ip carries out one line of ip.
func (d *demoPlay) ip(ctx context.Context, text string) error {
	words := strings.Fields(text)
	c, err := iproute.Parse(words[0], words[1:], nil)
	if err != nil {
		return fmt.Errorf("demo: %s: %w", text, err)
	}
	return d.line(text, func() error { return d.s.Do(ctx, c) })
}

// takeDown deletes every namespace, and with them every link, and returns their
// names. The sandbox contains only those of the demo.
func takeDown(ctx context.Context, e *engine.Engine) ([]string, error) {
	names, err := e.Dir.List()
	errs := []error{err, e.Close()}
	for _, n := range names {
		errs = append(errs, e.Dir.Delete(ctx, n))
	}
	return names, errors.Join(errs...)
}

// messageLines is how many lines of a message the demo shows. The kernel's
// description of a link has fifty attributes; --trace shows all.
const messageLines = 3

// folded prints an indented line, in at most most lines of helpWidth columns.
// It cuts off the rest.
func (p *printer) folded(line string, most int) {
	line = plain.Text(strings.TrimSuffix(line, "\n"))
	indent := "      " + line[:len(line)-len(strings.TrimLeft(line, " "))]
	for n := 1; ; n++ {
		r := []rune(strings.TrimLeft(line, " "))
		room := max(helpWidth-len(indent), 1)
		if len(r) <= room {
			p.printf("%s%s\n", indent, string(r))
			return
		}
		end := " ..."
		if n < most {
			end = ""
		}
		// Cut a word that is too long for a line.
		at := room - len(end)
		if i := strings.LastIndexByte(string(r[:at+1]), ' '); i > 0 {
			at = len([]rune(string(r[:at+1])[:i]))
		}
		p.printf("%s%s%s\n", indent, strings.TrimRight(string(r[:at]), " "), end)
		if end != "" {
			return
		}
		line = string(r[at:])
		if n == 1 {
			indent += "    "
		}
	}
}

// printer keeps the first error of writing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, plain.Lines(fmt.Sprintf(format, args...)))
	}
}
