package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/bench/builders"
	"github.com/nslab/nslab/bench/probe"
	"github.com/nslab/nslab/bench/report"
	"github.com/nslab/nslab/bench/topo"
)

// counted is the largest size of a topology to count on: strace slows
// everything down, and the numbers grow with the links.
var counted = map[string]int{"fattree": 4, "mesh": 10, "stars": 10}

// counts lets each builder make a lab once more, under strace.
func (b *bench) counts(ctx context.Context, t *topo.Topo, who []*builders.Builder) error {
	strace, err := exec.LookPath("strace")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no counts:", err)
		b.count = false
		return nil
	}
	most, ok := counted[t.ID]
	if !ok {
		most = 100
	}
	if t.N > most {
		if t, err = topo.New(t.ID, most); err != nil {
			return err
		}
	}
	for _, x := range who {
		if x.Foreign || b.isCounted(t, x) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %d, system calls: %s\n", t.ID, t.N, x.Name)
		c := report.Count{Lab: labOf(t), Builder: x.Name}
		if c.Messages, c.Syscalls, err = b.strace(ctx, strace, t, x); err != nil {
			return fmt.Errorf("%s of %s %d under strace: %w", x.Name, t.ID, t.N, err)
		}
		b.result.Counts = append(b.result.Counts, c)
	}
	return nil
}

func (b *bench) isCounted(t *topo.Topo, x *builders.Builder) bool {
	for _, c := range b.result.Counts {
		if c.Lab == labOf(t) && c.Builder == x.Name {
			return true
		}
	}
	return false
}

// strace counts the requests and the system calls of up. If a call has two
// lines, only its beginning counts, not its resumption.
func (b *bench) strace(ctx context.Context, strace string, t *topo.Topo, x *builders.Builder) (messages, calls int, err error) {
	up, err := x.Up(b.dir, t)
	if err != nil {
		return 0, 0, err
	}
	log := filepath.Join(b.dir, "strace")
	defer os.Remove(log)
	args := append([]string{strace, "-f", "-qq", "-v", "-s", "65536", "-e", "signal=none", "-o", log}, up...)
	if _, err := b.runner.Run(ctx, args); err != nil {
		return 0, 0, err
	}
	f, err := os.Open(log)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		_, call, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		call = strings.TrimSpace(call)
		if strings.HasPrefix(call, "<...") || strings.HasPrefix(call, "+++") {
			continue
		}
		calls++
		if strings.HasPrefix(call, "sendto(") || strings.HasPrefix(call, "sendmsg(") || strings.HasPrefix(call, "sendmmsg(") {
			messages += strings.Count(call, "{nlmsg_len=")
		}
	}
	if err := lines.Err(); err != nil {
		return 0, 0, err
	}
	sentinel, err := probe.NewSentinel()
	if err != nil {
		return 0, 0, err
	}
	down, err := x.Down(b.dir, t)
	if err != nil {
		return 0, 0, err
	}
	if _, err := b.runner.Run(ctx, down); err != nil {
		return 0, 0, err
	}
	_, err = b.clean.Wait(ctx, sentinel)
	return messages, calls, err
}
