package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// inBackground starts nslab, or a program that calls it, as a shell does in the
// background of a script: SIGINT is ignored.
func inBackground(t *testing.T, program string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	testenv.NeedTool(t, "sh")
	said := &bytes.Buffer{}
	c := exec.Command("sh", append([]string{"-c", `trap "" INT; exec "$@"`, "sh", link(t, program)}, args...)...)
	c.Stdout, c.Stderr = said, said
	return c, said
}

// ends waits at most a minute for the end of a process.
func ends(t *testing.T, c *exec.Cmd) syscall.WaitStatus {
	t.Helper()
	late := time.AfterFunc(time.Minute, func() { c.Process.Kill() }) //nolint:errcheck // it may have ended now
	defer late.Stop()
	c.Wait() //nolint:errcheck // it is in the status
	return c.ProcessState.Sys().(syscall.WaitStatus)
}

// runs reports whether a process is nslab, and whether it ignores SIGINT.
func runs(t *testing.T, pid int) (runs, ignores bool) {
	t.Helper()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(?m)^SigIgn:\s*([0-9a-f]+)$`).FindSubmatch(status)
	if set == nil {
		t.Fatalf("no signals in %s", status)
	}
	bits, err := strconv.ParseUint(string(set[1]), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return exe == self, bits&(1<<(unix.SIGINT-1)) != 0
}

// listens reports whether a socket in a process's network namespace has joined
// groups of rtnetlink.
func listens(t *testing.T, pid int) bool {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/netlink", pid))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(strings.Split(string(b), "\n"), func(line string) bool {
		f := strings.Fields(line)
		return len(f) > 3 && f[1] == "0" && f[2] != "0" && strings.Trim(f[3], "0") != ""
	})
}

// A command that runs until it is told to stop ends with SIGINT, even in the
// background of a script.
func TestIntegrationEndlessInBackground(t *testing.T) {
	nslab(t, "netns", "add", "endless")
	defer nslab(t, "netns", "delete", "endless")
	nslab(t, "ip", "-n", "endless", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
	nslab(t, "ip", "-n", "endless", "link", "set", "v0", "up")
	nslab(t, "ip", "-n", "endless", "addr", "add", "10.255.0.1/24", "dev", "v0")
	for command, want := range map[string]int{
		"watch --every":                          0,
		"ping -i 100 --netns endless 10.255.0.2": 1,                      // there was no reply
		"monitor":                                128 + int(unix.SIGINT), // as Ctrl-C ends ip
		"ip monitor link":                        128 + int(unix.SIGINT),
		"ip netns monitor":                       128 + int(unix.SIGINT),
		"bridge monitor":                         128 + int(unix.SIGINT),
	} {
		t.Run(command, func(t *testing.T) {
			c, said := inBackground(t, "nslab", strings.Fields(command)...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Process.Kill() }) //nolint:errcheck // it has ended now, unless the test has failed
			until(t, "SIGINT is heard", func() bool { is, ignores := runs(t, c.Process.Pid); return is && !ignores })
			if err := c.Process.Signal(unix.SIGINT); err != nil {
				t.Fatal(err)
			}
			if status := ends(t, c); !status.Exited() || status.ExitStatus() != want {
				t.Errorf("status %#x: %s", status, said)
			}
		})
	}
}

// namedIP is nslab under the name of ip.
func namedIP() { os.Exit(run("ip", os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// A command that ends by itself still ignores SIGINT there. So does ip monitor
// under the name of ip, as iproute2's does.
func TestIntegrationIgnoredInBackground(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c, said := inBackground(t, "nslab", "batch", "-")
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	until(t, "nslab runs", func() bool { is, _ := runs(t, c.Process.Pid); return is })
	if err := c.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if status := ends(t, c); status != 0 {
		t.Errorf("batch: status %#x: %s", status, said)
	}

	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Fatal(err)
	}
	nslab(t, "netns", "add", "ignored")
	defer nslab(t, "netns", "delete", "ignored")
	for name, program := range map[string]string{"iproute2": ip, "nslab": link(t, "named-ip")} {
		c := exec.Command("sh", "-c", `trap "" INT; exec "$@"`, "sh", ip, "netns", "exec", "ignored", program, "monitor", "link")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill() }) //nolint:errcheck // it has ended now, unless the test has failed
		until(t, "it listens", func() bool { return listens(t, c.Process.Pid) })
		for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM} {
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
		}
		if status := ends(t, c); !status.Signaled() || status.Signal() != unix.SIGTERM {
			t.Errorf("%s: status %#x", name, status)
		}
	}
}
