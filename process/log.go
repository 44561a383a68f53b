package process

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// maxEnd is how much of a log an error has, in bytes, and maxBinary how much if
// it is not text.
const (
	maxEnd    = 4 << 10
	maxBinary = 64
)

// EndOf returns the end of a log from an offset on, in printable characters: of
// at most 4 KiB, in whole lines where it is cut. Of output that is not text it
// returns the last bytes.
func EndOf(f *os.File, from int64) (string, error) {
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	if from > st.Size() {
		from = 0 // emptied meanwhile
	}
	size := st.Size() - from
	b := make([]byte, min(size, maxEnd))
	n, err := f.ReadAt(b, st.Size()-int64(len(b)))
	if n < len(b) {
		// Emptied meanwhile, by what is in the background.
		b, err = b[:n], nil
	}
	if err != nil {
		return "", err
	}
	text := plainText(b)
	switch binary := len(text) > 2*len(b); {
	case binary && len(b) > maxBinary:
		b = b[len(b)-maxBinary:]
	case size <= maxEnd:
		return text, nil
	default:
		if _, after, ok := bytes.Cut(b, []byte("\n")); ok && len(after) > 0 {
			b = after // whole lines
		}
	}
	return fmt.Sprintf("the end of %d bytes of output:\n%s", size, plainText(b)), nil
}

func plainText(b []byte) string { return strings.TrimSpace(plain.Lines(string(b))) }

// endOfLog returns the end of the log of a process, or why there is none.
func (p *Programs) endOfLog(node, name string, from int64) string {
	f, err := p.root.ReadLog(p.dir.Name, node, name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := EndOf(f, from)
	if err != nil {
		return err.Error()
	}
	return text
}
