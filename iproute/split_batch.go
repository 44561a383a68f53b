package iproute

import (
	"fmt"
	"strings"
)

// batchSplitter splits the lines of "ip -batch" as iproute2 does (getcmdline and
// makeargs in lib/utils.c), which is not as a shell does: a "#" begins a comment
// wherever it stands, a backslash means something at the end of a line only, and a
// quote at the start of a word only. No other character is special.
type batchSplitter struct {
	text strings.Builder
	more bool
}

const batchSpace = " \t\r\n"

func (s *batchSplitter) line(text string) (more bool, err error) {
	text, _, comment := strings.Cut(text, "#")
	text, s.more = strings.CutSuffix(text, `\`)
	if comment && s.more {
		text, s.more = text+`\`, false
	}
	s.text.WriteString(text)
	return s.more, nil
}

func (s *batchSplitter) take() ([]string, error) {
	rest, open := s.text.String(), s.more
	*s = batchSplitter{}
	if open {
		return nil, &SplitError{1, "the file ends where a line was to go on"}
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
				return nil, &SplitError{1, fmt.Sprintf("a %c that opens here is never closed", quote)}
			}
		} else if end < 0 {
			end = len(rest)
		}
		words = append(words, rest[:end])
		rest = rest[min(end+1, len(rest)):]
	}
}
