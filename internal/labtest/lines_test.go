package labtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/nsfs"
)

// Each exec line writes to a file which line it is and what the previous line
// in its namespace left there, and leaves something itself. So a line that runs
// twice in one namespace, or out of order, shows.
const (
	ranFile = "ran"
	// trace is a setting of the namespace that no file mentions, and traceBase
	// its value after the first line.
	trace     = "/proc/sys/net/ipv4/igmp_max_memberships"
	fresh     = "20" // IP_MAX_MEMBERSHIPS (net/ipv4/igmp.c)
	traceBase = 101
	// perNode is the number of lines of a node.
	perNode = 2
)

// withLines are the nodes with lines.
var withLines = []string{"h1", "h3", "h4"}

// lines returns the lines of a node as in a lab file.
func lines(node, file string) string {
	var all []string
	for i := range perNode {
		all = append(all, fmt.Sprintf("%q", fmt.Sprintf("echo %s %d $(cat %s) >>%s; echo %d >%s", node, i+1, trace, file, traceBase+i, trace)))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// ran is what the lines have done.
type ran struct {
	said []string
	// left is what they have left in each existing node.
	left map[string]string
	// deleting is set if a down was interrupted.
	deleting bool
}

func (s *sweep) ranPath() string { return filepath.Join(filepath.Dir(s.base.path), ranFile) }

func (s *sweep) readRan() (*ran, error) {
	r := &ran{left: make(map[string]string)}
	b, err := os.ReadFile(s.ranPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(b)) {
		r.said = append(r.said, strings.TrimSuffix(line, "\n"))
	}
	var state struct{ Phase string }
	if b, err = os.ReadFile(filepath.Join(labsDir, labName, "state.json")); err == nil {
		err = json.Unmarshal(b, &state)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	r.deleting = state.Phase == "deleting"
	for _, node := range withLines {
		h, err := nsfs.Dir{Path: filepath.Join(labsDir, labName, "ns")}.Open(node)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, nsfs.ErrNotNamespace) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = h.Do(func() error {
			b, err := os.ReadFile(trace)
			r.left[node] = strings.TrimSpace(string(b))
			return err
		})
		if err := errors.Join(err, h.Close()); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// ranAll says what is wrong with the lines of a complete lab. Each line of each
// node must have run once, in order, in the node's namespace. A namespace in
// which a line had begun may only have been replaced if up said so.
func (s *sweep) ranAll(g *goal, before *ran, output string) string {
	now, err := s.readRan()
	if err != nil {
		return err.Error()
	}
	for _, line := range now.said {
		var node, found string
		var number int
		if _, err := fmt.Sscanf(line, "%s %d %s", &node, &number, &found); err != nil {
			return fmt.Sprintf("a line said %q: %v", line, err)
		}
		want := fresh
		if number > 1 {
			want = strconv.Itoa(traceBase + number - 2)
		}
		if found != want {
			return fmt.Sprintf("line %d of %s ran where the one before it was not the last: it found %s, not %s\nall that ran:\n%s", number, node, found, want, strings.Join(now.said, "\n"))
		}
	}
	for _, node := range withLines {
		if !slices.Contains(g.nodes, node) {
			continue
		}
		if want := strconv.Itoa(traceBase + perNode - 1); now.left[node] != want {
			return fmt.Sprintf("not all lines of %s have run: they have left %s, not %s\nall that ran:\n%s\nup said:\n%s", node, now.left[node], want, strings.Join(now.said, "\n"), output)
		}
		had := before.left[node]
		again := slices.ContainsFunc(now.said[len(before.said):], func(line string) bool { return strings.HasPrefix(line, node+" 1 ") })
		told := strings.Contains(output, fmt.Sprintf("node %q is recreated", node))
		if again && had != "" && had != fresh && !before.deleting && !told {
			return fmt.Sprintf("%s was made anew, and up did not say so:\n%s", node, output)
		}
	}
	return ""
}
