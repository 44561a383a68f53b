// Package record reads and writes recordings of netlink traffic: files of the
// audit package's events.
//
// JSON lines hold complete events. Capture files, pcap and pcapng, hold
// datagrams, and Wireshark can read them. Logs of strace, files of rtmon and
// pasted text can be read too.
package record

import "github.com/nslab/nslab/audit"

// A Writer writes events to a recording. It may be used by several goroutines
// at once.
type Writer interface {
	// Write writes an event. A format that cannot hold the event leaves it out.
	// After an error, every further Write returns the same error and writes
	// nothing. Write does not keep e.
	Write(e *audit.Event) error
	// Close ends the recording and returns the first error of writing.
	Close() error
}

// A Reader reads a recording from its beginning to its end, one event at a
// time, in bounded memory.
type Reader interface {
	// Read sets all of *e. The contents of e's slices are valid until the next
	// Read. At the end of the recording Read returns io.EOF. Any other error
	// gives its place in the recording, and is final.
	Read(e *audit.Event) error
}
