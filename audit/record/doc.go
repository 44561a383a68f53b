// Package record reads and writes recordings of netlink traffic: files of the audit package's events.
//
// JSON lines hold all of an event. Capture files, pcap and pcapng, hold datagrams and go to Wireshark. What strace and rtmon
// wrote and what somebody pasted as text can be read too.
package record

import "github.com/nslab/nslab/audit"

// A Writer writes events to a recording. It may be used by several goroutines at once.
type Writer interface {
	// Write writes an event. A format that has no place for it leaves it out. After an error, every further Write returns
	// the same error and writes nothing. It keeps nothing of e.
	Write(e *audit.Event) error
	// Close ends the recording and returns the first error that writing met.
	Close() error
}

// A Reader reads a recording from its beginning to its end, one event at a time, in bounded memory.
type Reader interface {
	// Read sets all of *e. What e's slices hold is valid until the next Read. At the end of the recording it returns
	// io.EOF; another error says where in the recording it is, and is final.
	Read(e *audit.Event) error
}
