// Package mountinfo reads the mounts of a mount namespace.
package mountinfo

import (
	"iter"
	"os"
	"strconv"
	"strings"
)

// Own is the file for the calling thread's mount namespace.
const Own = "/proc/thread-self/mountinfo"

// A Mount is a line of the file (proc_pid_mountinfo(5)).
type Mount struct {
	ID int
	// Root is the directory of the file system that is mounted, and Path the
	// mount point.
	Root, Path string
	// Type is the file system's type, Source the source that was given to
	// mount(2), and Options the file system's options, separated by commas.
	Type, Source, Options string
}

// Read reads such a file. A later mount on a path hides an earlier one.
func Read(file string) ([]Mount, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []Mount
	for m := range parse(string(b)) {
		all = append(all, m)
	}
	return all, nil
}

// parse yields the mounts of a text, and skips other lines.
func parse(text string) iter.Seq[Mount] {
	return func(yield func(Mount) bool) {
		for line := range strings.Lines(text) {
			before, after, _ := strings.Cut(line, " - ")
			head, tail := strings.Fields(before), strings.Fields(after)
			if len(head) < 5 || len(tail) < 2 {
				continue
			}
			id, err := strconv.Atoi(head[0])
			if err != nil {
				continue
			}
			m := Mount{ID: id, Root: unescape(head[3]), Path: unescape(head[4]), Type: unescape(tail[0]), Source: unescape(tail[1])}
			if len(tail) > 2 {
				m.Options = tail[2]
			}
			if !yield(m) {
				return
			}
		}
	}
}

// unescape undoes the octal escapes of space, tab, newline and backslash.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace
