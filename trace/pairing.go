package trace

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A pairing keeps a program and its tracer on one processor while the program
// stops often. At each stop one of them wakes the other and then sleeps. The
// scheduler would give each of them a processor, which is idle whenever it is
// needed, and to wake an idle processor takes longer than all else that a stop
// is made of.
//
// Only one thread at a time is paired, and only while no other makes calls. The
// program is not to notice: before it asks for its processors or sets them,
// starts a thread or a process, or executes a program, it gets back those that
// it had, and so it does when its calls become rare. A program that was
// attached to is never paired, because it could outlive its tracer.
type pairing struct {
	tracer  int       // the tracing thread
	caller  int       // the task that made the last call
	calls   int       // its calls since the last look at the time
	since   time.Time // when that was
	paired  atomic.Bool
	counted atomic.Uint64 // calls while paired

	mu      sync.Mutex
	refused bool        // it is not possible here
	tid     int         // the paired task, 0 for none
	usual   unix.CPUSet // where the tracer may run
	was     unix.CPUSet // where the task, and its tracer, ran before it was paired the last time; empty before that
	only    unix.CPUSet // the processor of that time
	check   *time.Timer // calls lull
	seen    uint64      // of counted, at the last check
}

// A task is paired after so many calls, of two stops each, within this time, and
// no longer when there were fewer.
const (
	pairAfter  = 8
	pairWithin = 20 * time.Millisecond
)

// called counts a call of a task, which is stopped at its end, and pairs the
// task if its calls are many.
func (p *pairing) called(tid int, now time.Time) {
	switch {
	case tid != p.caller:
		p.end()
		p.caller, p.calls, p.since = tid, 0, now
		return
	case p.paired.Load():
		p.counted.Add(1)
		return
	}
	if p.calls++; p.calls < pairAfter {
		return
	}
	since := p.since
	p.calls, p.since = 0, now
	if now.Sub(since) <= pairWithin {
		p.pair(tid)
	}
}

// pair pairs a task, which is stopped, with the calling thread.
func (p *pairing) pair(tid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused {
		return
	}
	p.tracer = unix.Gettid()
	if unix.SchedGetaffinity(p.tracer, &p.usual) != nil || unix.SchedGetaffinity(tid, &p.was) != nil {
		p.refused = true // more processors than a CPUSet has room for
		return
	}
	cpu := processor()
	if p.was.Count() < 2 || !p.was.IsSet(cpu) {
		p.was.Zero()
		return
	}
	p.only.Zero()
	p.only.Set(cpu)
	if unix.SchedSetaffinity(p.tracer, &p.only) != nil {
		p.refused = true
		p.was.Zero()
		return
	}
	if unix.SchedSetaffinity(tid, &p.only) != nil { // it may belong to another user
		p.refused = true
		p.was.Zero()
		unix.SchedSetaffinity(p.tracer, &p.usual) //nolint:errcheck // as before
		return
	}
	p.tid = tid
	p.paired.Store(true)
	p.seen = p.counted.Load()
	if p.check == nil {
		p.check = time.AfterFunc(pairWithin, p.lull)
	} else {
		p.check.Reset(pairWithin)
	}
}

// processor returns the number of the calling thread's processor.
func processor() int {
	var cpu uint32
	if _, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0); errno != 0 {
		return -1
	}
	return int(cpu)
}

// lull ends the pairing if there were few calls since the last check.
func (p *pairing) lull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tid == 0 {
		return
	}
	n := p.counted.Load()
	if n-p.seen < pairAfter {
		p.part()
		return
	}
	p.seen = n
	p.check.Reset(pairWithin)
}

// part gives the paired task, unless it has ended, and the tracer back their
// processors. The caller holds the lock.
func (p *pairing) part() {
	if p.tid != 0 {
		p.restore(p.tid)
	}
	unix.SchedSetaffinity(p.tracer, &p.usual) //nolint:errcheck // it was possible before
	p.tid = 0
	p.paired.Store(false)
	p.check.Stop()
}

// restore gives a task back the processors of the task that was paired the last
// time, unless somebody has given it others.
func (p *pairing) restore(tid int) {
	var now unix.CPUSet
	if unix.SchedGetaffinity(tid, &now) == nil && now == p.only {
		unix.SchedSetaffinity(tid, &p.was) //nolint:errcheck // it has ended, or it was possible before
	}
}

// end ends the pairing, if there is one.
func (p *pairing) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tid != 0 {
		p.part()
	}
}

// settle ends the pairing before a task asks for its processors, or sets them.
func (p *pairing) settle() {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.was.Zero()
}

// executed ends the pairing before a program begins to run. A thread that
// executes one gets the number of its process, tid, in place of its own.
func (p *pairing) executed(former, tid int) {
	p.mu.Lock()
	if p.tid == former && former != 0 {
		p.tid = tid
	}
	p.mu.Unlock()
	p.settle()
}

// started ends the pairing when there is another task. That has not run yet; it
// may have inherited its maker's processor.
func (p *pairing) started(tid int) {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.was.Count() > 0 {
		p.restore(tid)
	}
}

// gone ends the pairing of a task that has ended.
func (p *pairing) gone(tid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tid == tid {
		p.tid = 0 // the number may be another task's soon
		p.part()
	}
}
