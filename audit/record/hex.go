package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// hexReader reads pasted datagrams.
type hexReader struct {
	lines    lineReader
	protocol int
	data     []byte
	given    byte // the direction that the lines give: >, < or *; 0 for none
	dump     bool // the bytes so far come from lines with offsets
	began    bool // a datagram has been read
	held     string
	holds    bool
}

// NewHexReader reads datagrams of a protocol as text, in any of these forms:
//
//	2000000012000103 or 20 00 00 00 12 00 01 03     hexadecimal digits, with or without spaces, colons, 0x
//	\x20\x00\x00\x00, "\40\0\0\0\22\0", b' \x00'     C, Go and Python strings, without quotes or with them
//	[32 0 0 0 18 0 1 3], {0x20, 0x00, 0x00, 0x00}   lists, in decimal unless they say 0x
//	00000000  20 00 00 00 12 00 01 03               dumps: of hexdump -C, xxd and strace
//
// A datagram ends with an empty line, with a line after which its messages are
// whole, and before a dump's offset 0. A line that begins with # is a comment.
// At the beginning of a line, >, < or * means that the datagram was sent,
// received, or received through a multicast group. Otherwise NLM_F_REQUEST
// decides.
func NewHexReader(r io.Reader, protocol int) Reader {
	return &hexReader{lines: newLineReader(r), protocol: protocol}
}

// Read reads the next datagram.
func (h *hexReader) Read(e *audit.Event) error {
	h.data, h.given, h.dump = h.data[:0], 0, false
	for {
		line, err := h.next()
		if err == io.EOF && len(h.data) > 0 {
			return h.event(e)
		}
		if err == io.EOF && !h.began {
			return errors.New("it holds no bytes")
		}
		if err != nil {
			return err
		}
		text := strings.TrimSpace(line)
		switch {
		case text == "" && len(h.data) > 0:
			return h.event(e)
		case text == "" || text[0] == '#' || text == "*": // hexdump's * stands for repeated lines
			if text == "*" && len(h.data) > 0 {
				return fmt.Errorf("line %d: the dump leaves lines out; hexdump -v does not", h.lines.n)
			}
			continue
		}
		ended, err := h.line(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", h.lines.n, err)
		}
		if ended {
			return h.event(e)
		}
	}
}

func (h *hexReader) next() (string, error) {
	if h.holds {
		h.holds = false
		return h.held, nil
	}
	line, err := h.lines.next()
	return string(line), err
}

// event turns the bytes into an event.
func (h *hexReader) event(e *audit.Event) error {
	h.began = true
	*e = blank()
	e.Protocol, e.Data, e.Length = h.protocol, h.data, len(h.data)
	switch h.given {
	case '>':
		e.Op = audit.OpSend
	case '<', '*':
		e.Op, e.Multicast = audit.OpReceive, h.given == '*'
	default:
		e.Op = guessDirection(h.data, binary.NativeEndian)
	}
	return nil
}

// line reads a line, and reports whether the datagram ends with it.
func (h *hexReader) line(line string) (ended bool, err error) {
	text := strings.TrimLeft(line, " \t")
	if c := text[0]; c == '>' || c == '<' || c == '*' && !strings.HasPrefix(line, " * ") {
		if len(h.data) > 0 {
			h.held, h.holds = line, true
			return true, nil
		}
		h.given = c
		text = strings.TrimLeft(text[1:], " \t")
	} else if c == '*' || c == '=' {
		return false, nil // in strace's dumps
	}
	if offset, columns, ok := dumpLine(text); ok {
		switch {
		case offset == 0 && len(h.data) > 0:
			h.held, h.holds = line, true
			return true, nil
		case len(h.data) > 0 && !h.dump:
			return false, errors.New("a dump begins within a datagram")
		case columns == "" && offset == uint64(len(h.data)):
			return true, nil // hexdump's last line
		case offset != uint64(len(h.data)):
			return false, fmt.Errorf("the dump is at offset %#x, and %#x bytes were read", offset, len(h.data))
		}
		h.dump = true
		text = columns
	}
	before := len(h.data)
	if h.data, err = appendPasted(h.data, text); err != nil {
		var at *columnError
		if errors.As(err, &at) {
			err = fmt.Errorf("column %d: %s", len(line)-len(text)+at.at+1, at.text)
			if i := strings.Index(line, text); i >= 0 {
				err = fmt.Errorf("column %d: %s", i+at.at+1, at.text)
			}
		}
		return false, err
	}
	if len(h.data) > maxDatagram {
		return false, fmt.Errorf("a datagram of more than %d bytes", maxDatagram)
	}
	return len(h.data) > before && !h.dump && whole(h.data), nil
}

// dumpLine splits a line of a dump: "00000000  20 00 ...", "00000000: 2000
// ...", "| 00000  20 00 ...".
func dumpLine(text string) (offset uint64, columns string, ok bool) {
	text = strings.TrimPrefix(text, "| ")
	n := 0
	for n < len(text) && hexDigit(text[n]) >= 0 {
		n++
	}
	if n < 5 || n > 16 {
		return 0, "", false
	}
	offset, err := strconv.ParseUint(text[:n], 16, 64)
	if err != nil {
		return 0, "", false
	}
	rest := text[n:]
	switch {
	case rest == "":
		// The end of hexdump's output, or digits: a dump's offset has 7 or 8.
		return offset, "", n == 7 || n == 8 && strings.HasPrefix(text, "000")
	case strings.HasPrefix(rest, ": "): // xxd: two spaces end the bytes
		columns, _, _ = strings.Cut(rest[2:], "  ")
		return offset, columns, true
	case strings.HasPrefix(rest, "  "):
		columns, _, _ = strings.Cut(rest[2:], "|") // hexdump -C
		if len(columns) > 16*3+1 {                 // strace
			columns = columns[:16*3+1]
		}
		return offset, columns, true
	}
	return 0, "", false
}

// columnError says what is wrong with a text, and at which index.
type columnError struct {
	at   int
	text string
}

func (e *columnError) Error() string { return e.text }

// appendPasted appends the bytes of a line without an offset.
func appendPasted(dst []byte, text string) ([]byte, error) {
	switch {
	case strings.ContainsAny(text, `\"'`):
		return appendStrings(dst, text)
	case strings.ContainsAny(text, "[{,"):
		return appendList(dst, text)
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == ':' || c == '-':
			i++
			continue
		case c == '0' && i+1 < len(text) && (text[i+1] == 'x' || text[i+1] == 'X'):
			i += 2
			continue
		}
		n := i
		for n < len(text) && hexDigit(text[n]) >= 0 {
			n++
		}
		if n == i {
			return dst, &columnError{i, fmt.Sprintf("%q is not a hexadecimal digit", rune(text[i]))}
		}
		if (n-i)%2 != 0 {
			return dst, &columnError{i, fmt.Sprintf("%.40q is an odd number of hexadecimal digits (write decimal numbers in brackets)", text[i:n])}
		}
		dst, _ = appendHexBytes(dst, text[i:n])
		i = n
	}
	return dst, nil
}

// appendStrings appends strings of C, Go or Python in quotes, with only spaces,
// commas and the language's brackets between them; or one string without
// quotes.
func appendStrings(dst []byte, text string) ([]byte, error) {
	if !strings.ContainsAny(text, `"'`) || text[0] == '\\' {
		out, bad := appendC(dst, strings.TrimSpace(text))
		if bad >= 0 {
			return dst, &columnError{bad, "an escape that is not known"}
		}
		return out, nil
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c != '"' && c != '\'' {
			if !strings.ContainsRune(" \t,;()b+.", rune(c)) {
				return dst, &columnError{i, fmt.Sprintf("%q is outside the quotes", rune(c))}
			}
			i++
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != c {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(text) {
			return dst, &columnError{i, "a quote that does not end"}
		}
		var bad int
		if dst, bad = appendC(dst, text[i+1:end]); bad >= 0 {
			return dst, &columnError{i + 1 + bad, "an escape that is not known"}
		}
		i = end + 1
	}
	return dst, nil
}

// appendList appends numbers: decimal, or hexadecimal after 0x.
func appendList(dst []byte, text string) ([]byte, error) {
	const around = " \t,[]{}()"
	if i := strings.IndexAny(text, "[{"); i >= 0 {
		// Skip what a language puts before it: []byte, bytes(
		if j := strings.IndexByte(text, '{'); j >= 0 {
			i = j
		}
		if word := strings.Trim(text[:i], around); word == "byte" || word == "uint8" || word == "bytes" || word == "bytearray" || word == "" {
			text = strings.Repeat(" ", i) + text[i:]
		}
	}
	for i := 0; i < len(text); {
		if strings.IndexByte(around, text[i]) >= 0 {
			i++
			continue
		}
		n := i
		for n < len(text) && strings.IndexByte(around, text[n]) < 0 {
			n++
		}
		word, base := text[i:n], 10
		if rest, ok := strings.CutPrefix(strings.ToLower(word), "0x"); ok {
			word, base = rest, 16
		}
		b, err := strconv.ParseUint(word, base, 8)
		if err != nil {
			return dst, &columnError{i, fmt.Sprintf("%.40q is not a number from 0 to 255", text[i:n])}
		}
		dst = append(dst, byte(b))
		i = n
	}
	return dst, nil
}

// whole reports whether data is complete messages, perhaps followed by zeros,
// because programs send buffers longer than their message.
func whole(data []byte) bool {
	for first := true; len(data) > 0; first = false {
		if !first && len(bytes.Trim(data, "\x00")) == 0 {
			return true
		}
		if len(data) < unix.NLMSG_HDRLEN {
			return false
		}
		n := binary.NativeEndian.Uint32(data)
		if n < unix.NLMSG_HDRLEN || uint64(n) > uint64(len(data)) {
			return false
		}
		data = data[min((int(n)+3)&^3, len(data)):]
	}
	return true
}

// looksPasted reports whether a line may be the first of a paste.
func looksPasted(line []byte) bool {
	text := string(bytes.TrimSpace(line))
	if text == "" {
		return false
	}
	if text[0] == '#' || text[0] == '>' || text[0] == '<' || text[0] == '*' {
		return true
	}
	if _, _, ok := dumpLine(text); ok {
		return true
	}
	data, err := appendPasted(nil, text)
	return err == nil && len(data) > 0
}
