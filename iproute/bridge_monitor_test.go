package iproute

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
)

// lineChan sends the lines that it reads until the input ends.
func lineChan(r io.Reader) <-chan string {
	c := make(chan string, 10000)
	go func() {
		defer close(c)
		for s := bufio.NewScanner(r); s.Scan(); {
			c <- s.Text()
		}
	}()
	return c
}

// until returns the lines before the one that contains text.
func until(t *testing.T, c <-chan string, text string) []string {
	t.Helper()
	var got []string
	for l := range c {
		if strings.Contains(l, text) {
			return got
		}
		got = append(got, l)
	}
	t.Fatalf("it ended without %q after %q", text, got)
	return nil
}

// nslab's monitor and bridge(8)'s, side by side, print the same lines.
func TestIntegrationBridgeMonitor(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "sh")
	run := func(script string) { t.Helper(); testenv.Run(t, "sh", "-ec", script) }
	run(strings.ReplaceAll(bridgePorts, "ip link add br0", "ip link add br0 up"))
	t.Cleanup(func() { run("for d in br0 p1 p2; do ip link del $d; done") })
	for _, words := range []string{"all", "fdb", "link fdb", ""} {
		t.Run(words, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			peer := exec.CommandContext(ctx, "bridge", append([]string{"monitor"}, strings.Fields(words)...)...)
			stdout, err := peer.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := peer.Start(); err != nil {
				t.Fatal(err)
			}
			theirs := lineChan(stdout)
			c, err := Parse("bridge", append([]string{"monitor"}, strings.Fields(words)...), nil)
			if err != nil {
				t.Fatal(err)
			}
			r, w := io.Pipe()
			var stderr strings.Builder
			s := &Session{Engine: &engine.Engine{}, Stdout: w, Stderr: &stderr}
			ended := make(chan error, 1)
			go func() { ended <- s.Do(ctx, c); w.Close() }()
			ours := lineChan(r)
			// Both are listening when each has printed a change.
			for len(theirs) == 0 || len(ours) == 0 {
				run("bridge fdb add 02:00:00:00:09:00 dev p1 master static; bridge fdb del 02:00:00:00:09:00 dev p1 master")
			}
			run("bridge fdb add 02:00:00:00:09:01 dev p1 master static; bridge fdb del 02:00:00:00:09:01 dev p1 master")
			const deleted = "Deleted 02:00:00:00:09:0"
			until(t, theirs, deleted+"1")
			until(t, ours, deleted+"1")
			run(`bridge link set dev p1 cost 5
bridge link set dev p2 isolated on
bridge fdb add 02:00:00:00:02:01 dev p1 master static
bridge fdb replace 02:00:00:00:02:01 dev p2 master static sticky
bridge fdb del 02:00:00:00:02:01 dev p2 master
bridge fdb add 02:00:00:00:02:04 dev p1
bridge fdb del 02:00:00:00:02:04 dev p1
ip link set p2 nomaster
ip link set p1 mtu 1400
ip link set p2 master br0
ip link set p1 mtu 1500
bridge link set dev p1 cost 2
bridge fdb add 02:00:00:00:09:02 dev p1 master static
bridge fdb del 02:00:00:00:09:02 dev p1 master`)
			a, b := until(t, theirs, deleted+"2"), until(t, ours, deleted+"2")
			if len(a) < 6 {
				t.Errorf("only %d lines: %q", len(a), a)
			}
			if d := cmp.Diff(withoutVLANs(a), b); d != "" {
				t.Errorf("bridge (-) and nslab (+):\n%s", d)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			_ = peer.Wait() // it was killed
			if err := s.Engine.Close(); err != nil {
				t.Error(err)
			}
			if stderr.Len() > 0 {
				t.Error(stderr.String())
			}
		})
	}
}

func TestTimestamp(t *testing.T) {
	at := time.Date(2024, 2, 3, 4, 5, 6, 7089000, time.UTC)
	if got, want := timestamp(at, false), "Timestamp: Sat Feb  3 04:05:06 2024 7089 usec\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := timestamp(at, true), "[2024-02-03T04:05:06.007089] "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// withoutVLANs omits what bridge(8) reports about VLANs, which nslab does not
// support. A kernel with VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING) has a
// VLAN on each port.
func withoutVLANs(lines []string) []string {
	var kept []string
	vlan := false
	for _, l := range lines {
		vlan = strings.HasPrefix(l, "[VLAN]") || vlan && strings.HasPrefix(l, "        ")
		if !vlan {
			kept = append(kept, l)
		}
	}
	return kept
}
