package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// What 16 threads do at once is seen completely, and in order for each thread.
func TestThreads(t *testing.T) {
	for _, o := range []Options{{}, {Every: true}} {
		report, events := run(t, program("threads"), o)
		got, want := strings.Split(moved(events), "\n"), strings.Split(report, "\n")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d lines seen, %d reported", len(got), len(want))
		}
		if len(want) != 16*40*2+1 {
			t.Errorf("%d lines reported", len(want))
		}
		last := map[int]uint32{}
		for i, e := range events {
			if i > 0 && e.Time.Before(events[i-1].Time) {
				t.Errorf("event %d is %v before its predecessor", i, events[i-1].Time.Sub(e.Time))
			}
			if e.Op != audit.OpSend {
				continue
			}
			seq := u32(e.Data[8:])
			if last[e.TID] >= seq {
				t.Errorf("thread %d: %d after %d", e.TID, seq, last[e.TID])
			}
			last[e.TID] = seq
		}
		if len(last) != 16 {
			t.Errorf("%d threads have sent something", len(last))
		}
	}
}

// threadsProgram sends requests on many threads at once.
func threadsProgram() error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	errs := make(chan error, 16)
	all := make(chan struct{})
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread() // the thread ends with the goroutine
			<-all
			c, err := open()
			for n := 0; n < 40 && err == nil; n++ {
				c.mu, c.seq = &mu, uint32(i*1000+n)
				err = c.ask(uint32(1 + 9998*(n%2)))
			}
			if err == nil {
				err = unix.Close(c.fd)
			}
			errs <- err
		}()
	}
	close(all)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestExecByAnotherThread(t *testing.T) {
	report, events := run(t, program("execs"), Options{})
	if got := moved(events); got != report {
		t.Errorf("seen:\n%s\nthe programs say:\n%s", got, report)
	}
	for _, e := range events {
		if e.PID != events[0].PID {
			t.Errorf("process %d, and then %d", events[0].PID, e.PID)
		}
	}
	if first, last := events[0], events[len(events)-1]; first.TID == first.PID || last.TID != last.PID {
		t.Errorf("thread %d of %d, and then %d", first.TID, first.PID, last.TID)
	}
}

// execs becomes another program from a thread that is not the first.
func execs() error {
	main := unix.Getpid()
	result := make(chan error)
	for {
		moved := make(chan bool)
		go func() {
			runtime.LockOSThread()
			if unix.Gettid() == main {
				moved <- false
				<-result // this thread does nothing meanwhile
				return
			}
			moved <- true
			c, err := open()
			if err == nil {
				err = c.ask(1)
			}
			if err == nil {
				err = syscall.Exec("/proc/self/exe", []string{"forms", "sendto recvfrom"}, append(os.Environ(), programEnv+"=forms"))
			}
			result <- err
		}()
		if <-moved {
			return <-result
		}
	}
}

func TestFirstThreadEnds(t *testing.T) {
	fd := threadPidfd(unix.Gettid())
	report, events := run(t, program("leaderless"), Options{})
	if fd < 0 {
		if len(events) != 1 || events[0].Op != audit.OpLost || !strings.Contains(events[0].Text, "first thread has ended") {
			t.Errorf("a kernel without pidfds of threads; seen:\n%s", list(events))
		}
		return
	}
	unix.Close(fd)
	if got := moved(events); got != report || got == "" {
		t.Errorf("seen:\n%s\nthe program says:\n%s", got, report)
	}
}

// leaderless sends a request after its first thread has ended.
func leaderless() error {
	ended := make(chan struct{})
	result := make(chan error)
	go func() {
		<-ended
		// There is no other way to know when the first thread has ended.
		for {
			b, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(os.Getpid()) + "/stat")
			if err != nil {
				result <- err
				return
			}
			if strings.Contains(string(b), ") Z ") {
				break
			}
			runtime.Gosched()
		}
		c, err := open()
		if err == nil {
			err = c.ask(1)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}()
	close(ended)
	if unix.Gettid() != os.Getpid() {
		return errors.New("the program does not run on its first thread")
	}
	debug.SetGCPercent(-1)               // a collection would wait for the thread
	unix.Syscall(unix.SYS_EXIT, 0, 0, 0) // ends only this thread
	return <-result
}

func init() { runtime.LockOSThread() } // the main goroutine, for leaderless

// strayThread runs a thread that is not the first one of its process.
func strayThread(tid *int, ready, end chan bool) {
	runtime.LockOSThread()
	*tid = unix.Gettid()
	if *tid == unix.Getpid() {
		go strayThread(tid, ready, end)
		<-end
		return
	}
	ready <- true
	<-end
}
