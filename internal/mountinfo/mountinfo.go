// Package mountinfo reads the mounts of a mount namespace.
package mountinfo

import (
	"bufio"
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
func Read(file string) (all []Mount, err error) {
	err = each(file, func(m Mount) bool {
		all = append(all, m)
		return true
	})
	return all, err
}

// Find returns the mount with an id, and false if there is none. It reads no
// further than that mount, because a large lab has as many mounts as
// namespaces.
func Find(file string, id int) (found Mount, ok bool, err error) {
	err = each(file, func(m Mount) bool {
		if ok = m.ID == id; ok {
			found = m
		}
		return !ok
	})
	return found, ok, err
}

// each calls a function with the mounts of a file until it returns false. It
// skips lines that are not mounts.
func each(file string, f func(Mount) bool) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	for s.Scan() {
		if m, ok := parse(s.Text()); ok && !f(m) {
			return nil
		}
	}
	return s.Err()
}

// parse parses a line.
func parse(line string) (Mount, bool) {
	before, after, _ := strings.Cut(line, " - ")
	head, tail := strings.Fields(before), strings.Fields(after)
	if len(head) < 5 || len(tail) < 2 {
		return Mount{}, false
	}
	id, err := strconv.Atoi(head[0])
	m := Mount{ID: id, Root: unescape(head[3]), Path: unescape(head[4]), Type: unescape(tail[0]), Source: unescape(tail[1])}
	if len(tail) > 2 {
		m.Options = tail[2]
	}
	return m, err == nil
}

// unescape undoes the octal escapes of space, tab, newline and backslash.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace
