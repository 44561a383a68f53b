package record

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Formats are the names of the formats that Open accepts.
var Formats = []string{"pcap", "pcapng", "jsonl", "strace", "rtmon", "hex"}

// Options tell Open what the recording itself does not say.
type Options struct {
	// Format is one of Formats, or "" to recognise the format by the
	// recording's first bytes.
	Format string
	// Protocol is the protocol of the datagrams in format "hex", such as
	// unix.NETLINK_ROUTE.
	Protocol int
}

// Open returns a Reader for the recording in r. It reads as much of r as it
// needs to recognise the format. It fails for an unknown format, an empty
// recording, and a compressed file.
func Open(r io.Reader, o Options) (Reader, error) {
	b := bufio.NewReaderSize(r, 256<<10)
	if o.Format == "" {
		format, err := recognise(b)
		if err != nil {
			return nil, err
		}
		o.Format = format
	}
	switch o.Format {
	case "pcap":
		return NewPcapReader(b), nil
	case "pcapng":
		return NewPcapngReader(b), nil
	case "jsonl":
		return NewJSONReader(b), nil
	case "strace":
		return NewStraceReader(b), nil
	case "rtmon":
		return NewRtmonReader(b), nil
	case "hex":
		return NewHexReader(b, o.Protocol), nil
	}
	return nil, fmt.Errorf("format %q is not known; it is one of %s", o.Format, strings.Join(Formats, ", "))
}

// compressed lists the first bytes of files that must be unpacked first.
var compressed = []struct{ magic, unpack string }{
	{"\x1f\x8b", "gzip -dc"}, {"\x28\xb5\x2f\xfd", "zstd -dc"}, {"\xfd7zXZ", "xz -dc"}, {"BZh", "bzip2 -dc"}, {"\x04\x22\x4d\x18", "lz4 -dc"},
}

// recognise returns the format of a recording, judging by its first bytes.
func recognise(b *bufio.Reader) (string, error) {
	head, err := b.Peek(8)
	if len(head) == 0 {
		if err == io.EOF {
			return "", errors.New("it is empty")
		}
		return "", err
	}
	if order, _ := pcapMagic(head); order != nil {
		return "pcap", nil
	}
	if len(head) >= 4 && binary.LittleEndian.Uint32(head) == blockSection {
		return "pcapng", nil
	}
	if rtmonOrder(head) != nil {
		return "rtmon", nil
	}
	for _, c := range compressed {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return "", fmt.Errorf("it is compressed: unpack it first (%s FILE | nslab decode -)", c.unpack)
		}
	}
	// A terminal or a pipe has no more than what was written so far, which is
	// at least a line.
	head, _ = b.Peek(b.Buffered())
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		switch text := bytes.TrimSpace(line); {
		case len(text) == 0 || text[0] == '#':
			continue
		case bytes.HasPrefix(text, []byte(`{"`)):
			return "jsonl", nil
		case isStrace(string(line)):
			return "strace", nil
		case looksPasted(line):
			return "hex", nil
		}
		break
	}
	return "", fmt.Errorf("its format is not recognised; give it with --format: %s", strings.Join(Formats, ", "))
}

// isStrace reports whether strace may have written a line.
func isStrace(line string) bool {
	if strings.HasPrefix(line, "strace: ") || strings.HasPrefix(line, "execve(") {
		return true
	}
	l := parseStraceLine(line)
	if l.exited || l.resumed {
		return true
	}
	if l.name == "" {
		return false
	}
	_, rest, ok := arguments(l.text)
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " "), "= ") || strings.HasSuffix(l.text, "<unfinished ...>")
}
