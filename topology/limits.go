package topology

import (
	"bytes"
	"unicode/utf8"
)

// Limits bound what a file may ask of the parser. A field that is 0 means the
// default.
type Limits struct {
	// Size is the file's size in bytes. The default is 2 MiB.
	Size int
	// Depth is how deeply values may nest. The default is 32.
	Depth int
	// Values is the number of scalars, lists, mappings and comments. Those
	// behind an alias count each time the alias is used. The default is
	// 300,000.
	Values int
	// Nodes is the number of nodes of a lab. The default is 100,000, the
	// kernel's default limit of mounts (fs.mount-max).
	Nodes int
	// Links is the number of links of a lab, counting each link that a pattern
	// makes. The default is 500,000.
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

// prescan checks the bytes of a file, and reports whether the YAML library may
// read it.
func (m *Mistakes) prescan(data []byte, l Limits) bool {
	if len(data) > l.Size {
		m.limit(Pos{1, 1}, "the file has more than %d bytes", l.Size)
		return false
	}
	line, values := int32(0), 0
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
		if values += countValues(text); values > l.Values+l.Values/2 {
			m.limit(Pos{line, 1}, "the file has more than %d values and comments", l.Values)
			return false
		}
	}
	return true
}

// lineIsText refuses bytes that are not UTF-8, and control characters except
// tabs.
func (m *Mistakes) lineIsText(line int32, text []byte) bool {
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
			m.Add(Pos{line, col}, "lab files are UTF-8", "byte %#02x is not UTF-8", text[i])
			return false
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xFEFF || r == 0x2028 || r == 0x2029:
			m.Add(Pos{line, col}, "", "control character %U", r)
			return false
		}
		i += n
	}
	return true
}

// countValues estimates the number of values and comments on a line, preferring
// too many to too few. The library allocates some 200 bytes per value and has
// no limit; the composer counts exactly, but only later.
func countValues(text []byte) int {
	text, n := withoutComment(text)
	fresh := true // a plain scalar would begin with the next character
	for i, c := range text {
		switch c {
		case ',', '[', ']', '{', '}', '?', '&', '*', '!', '|', '>', '"', '\'', '#', '@', '`', '%', '<':
			n++
			fresh = true
		case ':', '-', '.':
			// These are letters within a word, but not in every place.
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

// withoutComment cuts off a comment, and returns 1 if there was one. A "#"
// after which no quote follows begins a comment, or is in the middle of a
// quoted text that goes on below; either way, nothing after it counts.
func withoutComment(text []byte) ([]byte, int) {
	for i := range text {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			if bytes.ContainsAny(text[i:], `"'`) {
				return text, 0
			}
			return text[:i], 1
		}
	}
	return text, 0
}
