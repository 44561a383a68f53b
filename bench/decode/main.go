// Decode measures how fast a capture is read:
//
//	go run ./decode [-messages N] [-runs N] [-nslab PATH]
//
// The capture repeats the traffic between iproute2 and the kernel when links,
// addresses, routes, rules and neighbours were made, shown and deleted
// (audit/testdata/ip.hex). nslab decode, tshark and pyroute2 read it in turn
// and write to /dev/null. It needs no privileges; peers that are not installed
// are left out.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/bench/process"
	"golang.org/x/sys/unix"
)

// pyroute2 is a script that reads a capture with that library and prints each
// message.
//
//go:embed reader.py
var pyroute2 string

func main() {
	messages := flag.Int("messages", 1_000_000, "`N` messages in the capture")
	runs := flag.Int("runs", 7, "`N` runs of each")
	nslab := flag.String("nslab", "", "`path` of nslab; default: build it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := measure(ctx, *messages, *runs, *nslab); err != nil {
		fmt.Fprintln(os.Stderr, "decode:", err)
		os.Exit(1)
	}
}

// A reader is a program that reads the capture; the capture's name is appended
// to its command.
type reader struct {
	name, says string // says describes its output for a message
	argv       []string
}

func measure(ctx context.Context, messages, runs int, nslab string) error {
	if runs < 1 || messages < 1 {
		return errors.New("-runs and -messages: use at least 1")
	}
	dir, err := os.MkdirTemp("", "decode")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if nslab == "" {
		if nslab, err = process.Nslab(ctx, dir); err != nil {
			return err
		}
	}
	capture, script := filepath.Join(dir, "capture.pcap"), filepath.Join(dir, "reader.py")
	if err := os.WriteFile(script, []byte(pyroute2), 0o600); err != nil {
		return err
	}
	n, size, err := generate(capture, filepath.Join("..", "audit", "testdata", "ip.hex"), messages)
	if err != nil {
		return err
	}
	readers := []reader{
		{"nslab decode", "all, on a line", []string{nslab, "decode"}},
		{"nslab decode -v", "all, a line each part", []string{nslab, "decode", "-v"}},
		{"nslab decode -o json", "all, as JSON", []string{nslab, "decode", "-o", "json"}},
		{"nslab decode --where", "errors of RTM_NEWLINK", []string{nslab, "decode", "--where", "type=RTM_NEWLINK and error"}},
		{"tshark -V", "what it knows, a line each part", []string{"tshark", "-n", "-V", "-r"}},
		{"tshark", "protocol and length", []string{"tshark", "-n", "-r"}},
		{"pyroute2", "all, on a line", []string{python(), script}},
	}
	return compare(ctx, os.Stdout, readers, capture, n, size, runs)
}

// python returns the interpreter that has pyroute2, preferably Debian's.
func python() string {
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import pyroute2").Run() == nil {
			return name
		}
	}
	return "pyroute2 is not installed"
}

// generate writes a capture, and returns its numbers of messages and bytes.
func generate(to, from string, messages int) (n int, size int64, err error) {
	events, counts, err := fixture(from)
	if err != nil {
		return 0, 0, err
	}
	f, err := os.Create(to)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	b := bufio.NewWriterSize(f, 1<<20)
	w, err := record.NewPcapWriter(b)
	if err != nil {
		return 0, 0, err
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; n < messages; i++ {
		e := events[i%len(events)]
		at = at.Add(10 * time.Microsecond)
		e.Time = at
		if err := w.Write(&e); err != nil {
			return 0, 0, err
		}
		n += counts[i%len(events)]
	}
	if err := b.Flush(); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return n, info.Size(), nil
}

// fixture returns datagrams, and the number of messages in each.
func fixture(name string) (events []audit.Event, counts []int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := record.NewHexReader(f, unix.NETLINK_ROUTE)
	for {
		var e audit.Event
		switch err := r.Read(&e); {
		case err == io.EOF:
			return events, counts, nil
		case err != nil:
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		e.Data = append([]byte(nil), e.Data...)
		messages, _ := audit.Decode(e.Protocol, e.Data)
		events, counts = append(events, e), append(counts, len(messages))
	}
}

// compare lets the readers read the capture in turn, and writes a table.
func compare(ctx context.Context, to io.Writer, readers []reader, capture string, messages int, size int64, runs int) error {
	costs := make([]process.Costs, len(readers))
	for range runs {
		for i, r := range readers {
			if _, err := exec.LookPath(r.argv[0]); err != nil {
				continue
			}
			c, err := process.Run(exec.CommandContext(ctx, r.argv[0], append(r.argv[1:len(r.argv):len(r.argv)], capture)...))
			if err != nil {
				return err
			}
			costs[i] = append(costs[i], c)
		}
	}
	fmt.Fprintf(to, "%d messages, %d MiB; medians of %d\n\n", messages, size>>20, runs)
	fmt.Fprintf(to, "| reader | writes of each message | wall | times | CPU | memory |\n|---|---|---:|---:|---:|---:|\n")
	var base time.Duration
	for i, r := range readers {
		if len(costs[i]) == 0 {
			fmt.Fprintf(to, "| %s | not installed | | | | |\n", r.name)
			continue
		}
		wall := costs[i].Wall().Median
		if i == 0 {
			base = wall
		}
		fmt.Fprintf(to, "| %s | %s | %.2f s | %.1f | %.2f s | %d MiB |\n", r.name, r.says,
			wall.Seconds(), wall.Seconds()/base.Seconds(), costs[i].CPU().Median.Seconds(), costs[i].Memory()>>20)
	}
	return nil
}
