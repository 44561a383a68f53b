package main

import (
	"bufio"
	"regexp"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// TestIntegrationPingQuit sends SIGQUIT to ping(8) and to nslab's ping. Both
// print the statistics so far, and go on.
func TestIntegrationPingQuit(t *testing.T) {
	testenv.NeedTool(t, "ping")
	nslab(t, "netns", "add", "quit")
	defer nslab(t, "netns", "delete", "quit")
	nslab(t, "ip", "-n", "quit", "link", "set", "lo", "up")
	number := regexp.MustCompile(`[0-9]+\.[0-9]{3}`)
	for _, args := range []string{"-i 100 127.0.0.1", "-i 100 -s 0 ::1"} {
		var got [2]string
		for i, before := range []string{"ip netns exec quit ping ", "ping --netns quit "} {
			c := newChild(t, nil, strings.Fields(before+args)...)
			c.cmd.Stdout, c.cmd.Stderr = nil, nil
			out, err := c.cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			said, err := c.cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for lines.Scan() && !strings.Contains(lines.Text(), "icmp_seq=1") {
			}
			if err := c.cmd.Process.Signal(unix.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(said).ReadString('\n')
			if err != nil {
				t.Errorf("%v: %v", c, err)
			}
			got[i] = number.ReplaceAllString(line, "T")
			if err := c.cmd.Process.Signal(unix.SIGINT); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() {
			}
			if err := c.cmd.Wait(); err != nil {
				t.Errorf("%v: %v", c, err)
			}
		}
		if got[0] != got[1] || !strings.HasPrefix(got[1], "\r1/1 packets, 0% loss") {
			t.Errorf("ping %s: iputils says %q, nslab %q", args, got[0], got[1])
		}
	}
}
