package iproute

import (
	"fmt"
	"strings"
)

// batchSplitter splits the lines of "ip -batch" as iproute2 does (getcmdline
// and makeargs in lib/utils.c), which differs from a shell. A "#" begins a
// comment anywhere, a backslash has a meaning only at the end of a line, and a
// quote only at the start of a word. No other character is special.
type batchSplitter struct {
	text strings.Builder
	more bool
	ends []int // where each line ends in text
}

const batchSpace = " \t\r\n"

func (s *batchSplitter) line(text string) (more bool, err error) {
	text, _, comment := strings.Cut(text, "#")
	text, s.more = strings.CutSuffix(text, `\`)
	if comment && s.more {
		text, s.more = text+`\`, false
	}
	s.text.WriteString(text)
	s.ends = append(s.ends, s.text.Len())
	return s.more, nil
}

func (s *batchSplitter) take() ([]string, error) {
	was := s.text.String()
	rest, open, ends := was, s.more, s.ends
	*s = batchSplitter{}
	at := func(offset int, reason string) error {
		e := &SplitError{Column: offset + 1, Reason: reason}
		for e.after < len(ends)-1 && offset >= ends[e.after] {
			e.Column = offset - ends[e.after] + 1
			e.after++
		}
		return e
	}
	if open {
		return nil, at(len(was), endsOpen)
	}
	var words []string
	for {
		if rest = strings.TrimLeft(rest, batchSpace); rest == "" {
			return words, nil
		}
		end := strings.IndexAny(rest, batchSpace)
		if quote := rest[0]; quote == '\'' || quote == '"' {
			rest = rest[1:]
			if end = strings.IndexByte(rest, quote); end < 0 {
				return nil, at(len(was)-len(rest)-1, fmt.Sprintf("a %c that opens here is never closed", quote))
			}
		} else if end < 0 {
			end = len(rest)
		}
		words = append(words, rest[:end])
		rest = rest[min(end+1, len(rest)):]
	}
}
