package record

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nslab/nslab/audit"
)

// straceReader reads strace's output. The bytes of a datagram are in the dump
// that follows its call; strace's decoding in the call itself leaves out too
// much to be read back.
type straceReader struct {
	lines      lineReader
	sockets    straceSockets
	unfinished map[int]unfinishedCall // by process
	programs   map[int]string         // by process
	seen       bool                   // one of the lines was a call
	netlink    bool                   // one of the calls was on a netlink socket
	raw        error                  // about the first call with raw arguments on an unknown socket

	queue []audit.Event // events of the last call; its dumps are being read, or the events before next were returned
	spans []span        // the places of their bytes in data
	data  []byte
	at    int // the event of the next dump
	line  int // number of the call's line
	next  int
	whole bool // the dumps have been read

	held  string // the line that was read to find the end of the dumps
	holds bool
}

type span struct{ from, to int }

type unfinishedCall struct {
	text string
	at   time.Time
}

// Bounds on what is remembered of processes, each of which has at most one
// unfinished call.
const maxProcesses = 1 << 16

// NewStraceReader reads the output of
//
//	strace -f -yy -e trace=%network -e read=all -e write=all
//
// with these calls or all, with or without -f, -Y, -T, and times. Without -yy
// the protocol of a socket is known only from the call that opened it. A
// datagram without a dump is an error.
func NewStraceReader(r io.Reader) Reader {
	return &straceReader{lines: newLineReader(r), unfinished: map[int]unfinishedCall{}, programs: map[int]string{}}
}

// Read reads the next event.
func (s *straceReader) Read(e *audit.Event) error {
	for {
		if s.whole && s.next < len(s.queue) {
			*e = s.queue[s.next]
			s.next++
			return nil
		}
		if s.whole {
			s.queue, s.spans, s.data, s.next, s.at, s.whole = s.queue[:0], s.spans[:0], s.data[:0], 0, 0, false
		}
		line, err := s.nextLine()
		if err == io.EOF && len(s.queue) > 0 {
			if err := s.complete(); err != nil {
				return err
			}
			continue
		}
		if err == io.EOF && !s.seen {
			return errors.New("no line is a call as strace writes it")
		}
		if err == io.EOF && !s.netlink && s.raw != nil {
			return s.raw
		}
		if err != nil {
			return err
		}
		if isDump(line) {
			if err := s.dump(line); err != nil {
				return fmt.Errorf("line %d: %w", s.lines.n, err)
			}
			continue
		}
		if len(s.queue) > 0 {
			s.held, s.holds = line, true
			if err := s.complete(); err != nil {
				return err
			}
			continue
		}
		s.line = s.lines.n
		if err := s.call(parseStraceLine(line)); err != nil {
			return fmt.Errorf("line %d: %w", s.lines.n, err)
		}
	}
}

func (s *straceReader) nextLine() (string, error) {
	if s.holds {
		s.holds = false
		return s.held, nil
	}
	line, err := s.lines.next()
	return string(line), err
}

// isDump reports whether a line is part of a dump.
func isDump(line string) bool {
	return strings.HasPrefix(line, " | ") || strings.HasPrefix(line, " * ") || strings.HasPrefix(line, " = ")
}

// dump reads a line of the dumps that follow a call:
//
//	= 1 buffers in vector 0
//	* 36 bytes in buffer 0
//	| 00000  24 00 00 00 02 00 00 01  01 00 00 00 73 07 00 00  $...........s... |
func (s *straceReader) dump(line string) error {
	if len(s.queue) == 0 {
		return nil // the call is not on a netlink socket
	}
	switch line[1] {
	case '=':
		var buffers, vector int
		if _, err := fmt.Sscanf(line, " = %d buffers in vector %d", &buffers, &vector); err != nil || vector < 0 {
			return errors.New("it is not a line of a dump")
		}
		s.at = vector
		return nil
	case '*':
		return nil
	}
	if s.at >= len(s.queue) {
		return nil // the call failed for these buffers
	}
	const bytes = 16*3 + 1 // width of the columns of bytes
	offset := strings.TrimLeft(line[3:], " ")
	_, columns, _ := strings.Cut(offset, "  ")
	at := &s.spans[s.at]
	if at.to == 0 {
		*at = span{len(s.data), len(s.data)}
	}
	if len(s.data) > maxDatagram {
		return fmt.Errorf("a dump of more than %d bytes", maxDatagram)
	}
	var bad int
	if s.data, bad = appendHexBytes(s.data, columns[:min(bytes, len(columns))]); bad >= 0 {
		return fmt.Errorf("column %d: a dump has pairs of hexadecimal digits", len(line)-len(columns)+bad+1)
	}
	at.to = len(s.data)
	return nil
}

// complete gives the events their bytes.
func (s *straceReader) complete() error {
	for i := range s.queue {
		e, at := &s.queue[i], s.spans[i]
		if at.to > at.from {
			e.Data = s.data[at.from:at.to]
			e.Length = max(e.Length, len(e.Data))
		}
		if _, datagram := e.Datagram(); datagram && len(e.Data) == 0 && e.Length > 0 {
			return fmt.Errorf("line %d: strace shows no dump of the %d bytes, and what it shows by name cannot be read back;"+
				" run it with -e read=all -e write=all", s.line, e.Length)
		}
	}
	s.whole = true
	return nil
}

// call reads a line that is not part of a dump.
func (s *straceReader) call(l straceLine) error {
	switch {
	case l.program != "":
		if len(s.programs) >= maxProcesses {
			clear(s.programs)
		}
		s.programs[l.pid] = l.program
	case l.exited:
		s.sockets.exited(l.pid)
		delete(s.unfinished, l.pid)
		delete(s.programs, l.pid)
	}
	if l.name == "" {
		return nil
	}
	s.seen = true
	read := straceCalls[l.name]
	if read == nil {
		return nil
	}
	if l.resumed {
		u, ok := s.unfinished[l.pid]
		if !ok {
			return nil // it began before strace attached
		}
		delete(s.unfinished, l.pid)
		l.text, l.at = u.text+l.text, u.at
	}
	if text, ok := strings.CutSuffix(l.text, "<unfinished ...>"); ok {
		if len(s.unfinished) >= maxProcesses {
			clear(s.unfinished)
		}
		s.unfinished[l.pid] = unfinishedCall{strings.TrimRight(text, " "), l.at}
		return nil
	}
	c := straceCall{straceLine: l, event: blank()}
	c.event.Time, c.event.PID, c.event.TID, c.event.Program = l.at, l.pid, l.pid, s.programs[l.pid]
	if l.name != "socket" && l.name != "execve" {
		d, ok := parseDescriptor(l.text)
		if !ok {
			return nil
		}
		sock, netlink, known := s.sockets.isNetlink(l.pid, d)
		if d.raw && l.name != "close" && (netlink || sock == nil) {
			err := fmt.Errorf("the arguments of %s are raw, which cannot be read; run strace without -e raw", l.name)
			if netlink {
				return err
			}
			if s.raw == nil {
				s.raw = fmt.Errorf("line %d: %w", s.line, err)
			}
			return nil
		}
		if !netlink && sock == nil && d.about == "" && showsNetlink(l.text) {
			netlink = true
		}
		if !netlink {
			return nil
		}
		s.netlink = true
		if !known {
			return fmt.Errorf("the protocol of descriptor %d is not known; run strace with -yy, or from before the socket is opened", d.fd)
		}
		c.socket = sock
		sock.fill(&c.event, d.fd)
	}
	list, rest, ok := arguments(l.text)
	if !ok {
		return fmt.Errorf("%s( does not end on this line", l.name)
	}
	c.args, c.ret = list, parseReturn(rest)
	if !c.ret.known {
		return nil
	}
	c.event.Took = c.ret.took
	if c.ret.errno != "" {
		if c.event.Errno, ok = audit.ParseErrno(c.ret.errno); !ok {
			return nil // ERESTARTSYS and the like: the call is made again
		}
	}
	return read(s, &c)
}

// add queues an event of the call.
func (s *straceReader) add(e audit.Event) {
	s.queue = append(s.queue, e)
	s.spans = append(s.spans, span{})
}
