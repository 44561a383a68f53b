package watch

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// spaces is the number of namespaces that TestIntegrationScale watches.
func spaces(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("NSLAB_WATCH_SPACES"))
	if os.Getenv("NSLAB_WATCH_SPACES") == "" {
		return 40
	}
	if err != nil || n < 1 {
		t.Fatalf("NSLAB_WATCH_SPACES: %v", err)
	}
	return n
}

// cpu returns the CPU time that this process has used.
func cpu(t *testing.T) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident returns the memory of this process in KiB.
func resident(t *testing.T) int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// files returns the number of open files of this process.
func files(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Many namespaces, and many changes a second in up to a hundred of them: each
// change is reported, and none is lost. The results are in docs/scale.md.
func TestIntegrationScale(t *testing.T) {
	n := spaces(t)
	full := n > 1000
	var conns []*rtnl.Conn
	for i := range n {
		name := fmt.Sprintf("scale-%d", i)
		h, err := nsfs.Dir{}.Create(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { nsfs.Dir{}.Delete(t.Context(), name) }) //nolint:errcheck // its mount namespace ends with the test
		if i < 100 {
			c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: name})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			conns = append(conns, c)
		}
		h.Close()
	}
	runtime.GC()
	before, open, begin := resident(t), files(t), time.Now()
	events := start(t, Config{})
	opened := time.Since(begin)
	runtime.GC()
	memory, open := resident(t)-before, files(t)-open
	if open > 20 {
		t.Errorf("%d open files for %d namespaces", open, n)
	}
	if full {
		used, pause := cpu(t), time.NewTimer(10*time.Second)
		<-pause.C
		t.Logf("idle: %v of processor time in 10 s", cpu(t)-used)
	}

	const rate, batch = 20_000, 50
	total := rate / 2
	switch {
	case !testenv.InInitUserNamespace(t):
		total = 200 // net.core.rmem_max bounds the buffer
	case full:
		total = 2 * rate
	}
	sent, used := make(chan time.Duration, 1), cpu(t)
	go func() {
		defer close(sent)
		begin := time.Now()
		for i := range total / batch {
			<-time.After(time.Until(begin.Add(time.Duration(i) * time.Second * batch / rate)))
			var b rtnl.Batch
			c := conns[i%len(conns)]
			for j := range batch {
				rule := rtnl.Rule{Priority: rtnl.Some(uint32(10 + j/2)), Table: 9}
				var r rtnl.Request = &rtnl.RuleAdd{Rule: rule}
				if j%2 == 1 {
					r = &rtnl.RuleDel{Rule: rule}
				}
				if err := b.Add(r); err != nil {
					t.Error(err)
					return
				}
			}
			if err := c.Run(t.Context(), &b); err != nil {
				t.Error(err)
				return
			}
		}
		sent <- time.Since(begin)
	}()
	told := 0
	until(t, events, "of the last change", func(e *Event) bool {
		switch {
		case e.Action == Lost || e.Source != Told:
			t.Errorf("%s", e.String())
		case e.Kind == Rule:
			told++
		}
		return told == total || t.Failed()
	})
	took := <-sent
	t.Logf("%d namespaces: opened and read in %v, %d KiB of memory, %d open files; %d changes in %v (%.0f a second), %v of processor time with sending",
		n, opened.Round(time.Millisecond), memory, open, told, took.Round(time.Millisecond), float64(total)/took.Seconds(), (cpu(t) - used).Round(time.Millisecond))
}
