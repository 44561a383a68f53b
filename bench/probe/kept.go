package probe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"strings"
	"time"
)

// A KeptHost is a host of a builder that keeps its namespaces with processes.
type KeptHost struct {
	PID  int
	Addr netip.Addr
}

// Kept is a builder's process that stays as long as its lab. It writes
//
//	usage USER SYSTEM MAXRSS   in seconds and KiB
//	host PID ADDRESS
//	up
//
// and takes down the lab when its standard input ends.
type Kept struct {
	Cost  Cost
	Hosts []KeptHost

	cmd   *exec.Cmd
	stdin io.Closer
}

// Keep starts such a process, and returns when its lab is up.
func Keep(ctx context.Context, args []string) (*Kept, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	k := &Kept{cmd: cmd, stdin: stdin}
	up := false
	lines := bufio.NewScanner(stdout)
	for !up && lines.Scan() {
		if up, err = k.line(lines.Text()); err != nil {
			break
		}
	}
	k.Cost.Wall = time.Since(start)
	if !up || err != nil {
		stdin.Close()
		return nil, fmt.Errorf("%s: %w (%w)\n%s", args[0], err, cmd.Wait(), tail([]byte(stderr.String())))
	}
	return k, nil
}

func (k *Kept) line(text string) (up bool, err error) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "up":
		return true, nil
	case "usage":
		var user, system float64
		var rss int64
		if _, err := fmt.Sscan(rest, &user, &system, &rss); err != nil {
			return false, fmt.Errorf("%q: %w", text, err)
		}
		k.Cost.User, k.Cost.System = time.Duration(user*1e9), time.Duration(system*1e9)
		k.Cost.MaxRSS = rss * 1024
	case "host":
		var h KeptHost
		var addr string
		if _, err := fmt.Sscan(rest, &h.PID, &addr); err != nil {
			return false, fmt.Errorf("%q: %w", text, err)
		}
		if h.Addr, err = netip.ParseAddr(addr); err != nil {
			return false, fmt.Errorf("%q: %w", text, err)
		}
		k.Hosts = append(k.Hosts, h)
	}
	return false, nil
}

// End makes the process take down its lab.
func (k *Kept) End() (Cost, error) {
	start := time.Now()
	if err := k.stdin.Close(); err != nil {
		return Cost{}, err
	}
	err := k.cmd.Wait()
	return Cost{Wall: time.Since(start)}, err
}
