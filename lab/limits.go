package lab

import (
	"bytes"
	"unicode/utf8"
)

// Limits bound what a file may ask of the parser. A zero field stands for the
// default.
type Limits struct {
	// Size is in bytes. Default 2 MiB.
	Size int
	// Depth is how deeply values may nest. Default 32.
	Depth int
	// Values is how many scalars, lists and mappings there may be, those of an
	// alias counted each time that it is used. Default 300,000.
	Values int
	// Nodes is how many nodes a lab may have. Default 100,000, as many as the
	// kernel allows mounts (fs.mount-max).
	Nodes int
	// Links is how many links a lab may have, those of a pattern counted one by
	// one. Default 500,000.
	Links int
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Size, 2<<20)
	def(&l.Depth, 32)
	def(&l.Values, 300_000)
	def(&l.Nodes, 100_000)
	def(&l.Links, 500_000)
	return l
}

// The YAML scanner takes time that grows with the square of some things. These
// bounds keep that under a second; nothing that people write comes near them.
const (
	// maxLineWork bounds the sum of the squares of the lengths of lines longer
	// than longLine bytes: a tab in a quoted string, or a "<", makes the
	// scanner look through the rest of its line. One line may have 16 KiB.
	maxLineWork = 1 << 28
	longLine    = 256
	// maxBlankLines in a row: the scanner copies a block of text once for each
	// blank line behind it.
	maxBlankLines = 6
)

// prescan looks at the bytes of a file before the YAML scanner sees them, and
// reports whether it may.
func (m *mistakes) prescan(data []byte, l Limits) bool {
	if len(data) > l.Size {
		m.limit(filePos{1, 1}, "the file has more than %d bytes", l.Size)
		return false
	}
	line, work, blank, tokens := int32(0), 0, 0, 0
	for len(data) > 0 {
		line++
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 {
			n = len(data)
		}
		text := data[:n]
		data = data[n:]
		if !m.lineIsText(line, bytes.TrimRight(text, "\r\n")) {
			return false
		}
		if blank++; len(bytes.TrimSpace(text)) > 0 {
			blank = 0
		}
		if n > longLine {
			work += n * n
		}
		tokens += countTokens(text)
		switch {
		case work > maxLineWork:
			m.limit(filePos{line, 1}, "too much text in long lines, this one has %d bytes", n)
			return false
		case blank > maxBlankLines:
			m.limit(filePos{line, 1}, "more than %d blank lines in a row", maxBlankLines)
			return false
		case tokens > l.Values+l.Values/2:
			m.limit(filePos{line, 1}, "the file has more than %d values", l.Values)
			return false
		}
	}
	return true
}

// lineIsText refuses what is not UTF-8, and control characters but the tab.
func (m *mistakes) lineIsText(line int32, text []byte) bool {
	col := int32(0)
	for i := 0; i < len(text); {
		col++
		if c := text[i]; c >= ' ' && c < 0x7f || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			m.add(filePos{line, col}, "lab files are UTF-8", "byte %#02x is not UTF-8", text[i])
			return false
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xFEFF || r == 0x2028 || r == 0x2029:
			m.add(filePos{line, col}, "", "control character %U", r)
			return false
		}
		i += n
	}
	return true
}

// countTokens returns about how many tokens the scanner makes of a line, rather
// too many than too few: a token takes some 200 bytes of memory.
func countTokens(text []byte) int {
	n := 0
	fresh := true // a plain scalar would begin with the next character
	for i, c := range text {
		switch c {
		case ',', '[', ']', '{', '}', '?', '&', '*', '!', '|', '>', '"', '\'', '#', '@', '`', '%', '<':
			n++
			fresh = true
		case ':', '-', '.':
			// Within a word these are letters, but not in every place.
			if fresh || i+1 == len(text) || text[i+1] <= ' ' {
				n++
				fresh = true
			}
		case ' ', '\t', '\r', '\n':
		default:
			if fresh {
				n++
				fresh = false
			}
		}
	}
	return n
}
