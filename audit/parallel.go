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

// ParallelTracer writes the lines that a Tracer would write, in the same order,
// using all processors. It is for recordings, because it writes with a small
// delay. Only one goroutine may use it.
type ParallelTracer struct {
	tracer Tracer // reads what depends on the order of events, and writes what cannot be written out of order
	free   chan *batch
	full   chan *batch
	order  chan *batch
	now    *batch
	done   sync.WaitGroup

	err atomic.Pointer[error]
}

// Sizes of what is handed over at once, and of how much may be in progress for
// each processor.
const (
	batchEvents  = 512
	batchBytes   = 64 << 10
	batchesReady = 3

	maxKept = 1 << 20 // bytes of the largest buffer that is reused
)

// batch has events that one goroutine turns into lines.
type batch struct {
	events  []Event
	begins  []string // the beginning of each event's lines
	data    []byte
	answers []answered
	lines   []byte
	made    chan struct{} // receives when the lines are ready
}

// NewParallelTracer returns a ParallelTracer that writes to w. Close must be
// called at the end.
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

// Decoder returns the decoder, which knows the families of generic netlink.
// Families may be added to it before the first event.
func (t *ParallelTracer) Decoder() *Decoder { return &t.tracer.Decoder }

// SetWhere selects the messages and failed calls to write. It must be called
// before the first event.
func (t *ParallelTracer) SetWhere(w *Where) { t.tracer.Where = w }

// Err returns the first error of writing, or nil. Nothing is written after an
// error.
func (t *ParallelTracer) Err() error {
	if err := t.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Event takes an event to be written. It does not keep e.
func (t *ParallelTracer) Event(e *Event) {
	if t.Err() != nil {
		return
	}
	d, datagram := e.Datagram()
	if datagram && teaches(&d) {
		// What follows may belong to the family that it announces.
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

// teaches reports whether a datagram may announce families of generic netlink.
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

// pair remembers the requests of a datagram. It finds the requests that the
// datagram answers if their bytes are needed: for the attribute that an answer
// refers to, and for the name of a request of generic netlink.
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

// Flush hands over the events taken so far, so that they are written without
// waiting for more. It returns the first error of writing.
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

// wait waits until everything is written.
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

// work turns batches into lines.
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
