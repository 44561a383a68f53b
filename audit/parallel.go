package audit

import (
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// ParallelTracer writes the lines that a Tracer would write, in the same order, and uses all processors for it. It is for
// recordings: what it is given is written a little later. Only one goroutine may use it.
type ParallelTracer struct {
	tracer Tracer // reads what depends on the order of events, and writes what cannot be done out of it
	free   chan *batch
	full   chan *batch
	order  chan *batch
	now    *batch
	done   sync.WaitGroup

	err atomic.Pointer[error]
}

// Sizes of what is handed over at once, and of how much may be under way for each processor.
const (
	batchEvents  = 512
	batchBytes   = 64 << 10
	batchesReady = 3

	maxKept = 1 << 20 // how large a buffer is used again
)

// batch is events that one goroutine makes lines of.
type batch struct {
	events  []Event
	begins  []string // what the lines of each begin with
	data    []byte
	answers []answered
	lines   []byte
	made    chan struct{} // receives when lines are there
}

// NewParallelTracer returns a ParallelTracer that writes to w. It has to be closed.
func NewParallelTracer(w io.Writer) *ParallelTracer {
	n := runtime.GOMAXPROCS(0)
	t := &ParallelTracer{
		tracer: Tracer{w: w, line: newLiner()},
		free:   make(chan *batch, batchesReady*n), full: make(chan *batch, batchesReady*n), order: make(chan *batch, batchesReady*n),
	}
	for range batchesReady * n {
		t.free <- &batch{made: make(chan struct{}, 1)}
	}
	t.done.Add(n + 1)
	for range n {
		go t.work()
	}
	go t.write(w)
	return t
}

// Decoder holds what is known of families of generic netlink. They may be added before the first event.
func (t *ParallelTracer) Decoder() *Decoder { return &t.tracer.Decoder }

// SetWhere says which messages and failed calls are written. It is to be called before the first event.
func (t *ParallelTracer) SetWhere(w *Where) { t.tracer.Where = w }

// Err returns the first error of writing, or nil. Nothing is written after an error.
func (t *ParallelTracer) Err() error {
	if err := t.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Event takes an event to be written. It keeps nothing of e.
func (t *ParallelTracer) Event(e *Event) {
	if t.Err() != nil {
		return
	}
	d, datagram := e.Datagram()
	if datagram && teaches(&d) {
		// What follows may be of the family that it tells of.
		t.wait()
		t.tracer.Event(e)
		t.fail(t.tracer.Err())
		return
	}
	if t.now != nil && (len(t.now.events) == batchEvents || len(t.now.data)+len(e.Data) > batchBytes) {
		t.flush()
	}
	if t.now == nil {
		t.now = <-t.free
	}
	b := t.now
	i := len(b.events)
	b.events, b.begins = append(b.events, *e), append(b.begins, t.tracer.process.begin(e))
	kept := &b.events[i]
	if len(b.events) == 1 && cap(b.data) < max(batchBytes, len(e.Data)) {
		b.data = make([]byte, 0, max(batchBytes, len(e.Data)))
	}
	from := len(b.data)
	b.data = append(b.data, e.Data...)
	kept.Data = b.data[from:len(b.data):len(b.data)]
	kept.Address, kept.Value, kept.Control = nil, nil, nil // which are the caller's
	if datagram {
		d.Data = kept.Data
		kept.Multicast = d.Multicast
		t.pair(b, i, &d)
	}
}

// teaches reports whether a datagram may tell of families of generic netlink.
func teaches(d *nlspec.Datagram) bool {
	if d.Protocol != unix.NETLINK_GENERIC || d.Direction == nlspec.Sent {
		return false
	}
	for data := d.Data; ; {
		msg, rest, _, ok := nextMessage(data)
		if !ok {
			return false
		}
		if h, _ := nlspec.ParseHeader(msg); h.Type == unix.GENL_ID_CTRL {
			return true
		}
		data = rest
	}
}

// pair remembers the requests of a datagram, and finds those that it answers where their bytes are wanted: for what an
// answer says about an attribute, and for the name of a request of generic netlink.
func (t *ParallelTracer) pair(b *batch, event int, d *nlspec.Datagram) {
	if d.Protocol == unix.NETLINK_KOBJECT_UEVENT {
		return
	}
	data := d.Data
	for n := 0; ; n++ {
		msg, rest, _, ok := nextMessage(data)
		if !ok {
			return
		}
		data = rest
		h, _ := nlspec.ParseHeader(msg)
		request := t.tracer.Decoder.pair(d, h, msg)
		if request != nil && (h.Flags&unix.NLM_F_ACK_TLVS != 0 || d.Protocol == unix.NETLINK_GENERIC) {
			b.answers = append(b.answers, answered{event, n, slices.Clone(request)})
		}
	}
}

// Flush hands over what was taken so far, to be written without waiting for more. It returns the first error of writing.
func (t *ParallelTracer) Flush() error {
	t.flush()
	return t.Err()
}

func (t *ParallelTracer) flush() {
	if t.now != nil {
		t.order <- t.now
		t.full <- t.now
		t.now = nil
	}
}

// wait waits until all is written.
func (t *ParallelTracer) wait() {
	t.flush()
	var all []*batch
	for range cap(t.free) {
		all = append(all, <-t.free)
	}
	for _, b := range all {
		t.free <- b
	}
}

// Close writes what is left, and returns the first error of writing.
func (t *ParallelTracer) Close() error {
	t.flush()
	close(t.full)
	close(t.order)
	t.done.Wait()
	return t.Err()
}

func (t *ParallelTracer) fail(err error) {
	if err != nil {
		t.err.CompareAndSwap(nil, &err)
	}
}

// work makes lines of batches.
func (t *ParallelTracer) work() {
	defer t.done.Done()
	lines := Tracer{line: newLiner(), Decoder: Decoder{shared: &t.tracer.Decoder.Families}}
	for b := range t.full {
		lines.Where = t.tracer.Where
		lines.line.b = b.lines[:0]
		answers := b.answers
		for i := range b.events {
			n := 0
			for n < len(answers) && answers[n].event == i {
				n++
			}
			lines.Decoder.answers = answers[:n]
			answers = answers[n:]
			lines.event(&b.events[i], b.begins[i])
		}
		b.lines = lines.line.b
		b.made <- struct{}{}
	}
}

// write writes the lines of batches in their order.
func (t *ParallelTracer) write(w io.Writer) {
	defer t.done.Done()
	for b := range t.order {
		<-b.made
		if len(b.lines) > 0 && t.Err() == nil {
			if _, err := w.Write(b.lines); err != nil {
				t.fail(err)
			}
		}
		clear(b.events)
		clear(b.answers)
		if cap(b.data) > maxKept {
			b.data = nil
		}
		if cap(b.lines) > maxKept {
			b.lines = nil
		}
		b.events, b.begins, b.data, b.answers = b.events[:0], b.begins[:0], b.data[:0], b.answers[:0]
		t.free <- b
	}
}
