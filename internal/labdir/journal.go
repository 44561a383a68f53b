package labdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A file in the lab's directory records the exec lines that nodes were created
// with, and which of them have run: one line for each, with its state, its node
// and the exec line. The complete file is written before a run does anything.
// While lines run, only the first byte of each changes in place, which takes no
// space. Undoing takes none either, because it brings back the previous file. A
// lab without exec lines has no such file.
const (
	journalFile   = "exec"
	journalBefore = "exec.before" // the journal from before the run
	journalHead   = "nslab exec 1\n"
)

// A lineState is the state of an exec line, as its byte in the file.
type lineState byte

const (
	lineWaits lineState = '-'
	// lineBegun means that the line is running or was interrupted. In the
	// latter case its effects are unknown, and its node must be recreated. The
	// same goes for a node whose recreation was interrupted.
	lineBegun lineState = '>'
	lineDone  lineState = '+'
)

// NodeLines are the exec lines that a node was created with.
type NodeLines struct {
	Node   string
	Lines  []string
	states []lineState
	at     []int64 // offsets of the states in the file
}

// Done returns the number of lines that have run; these are the first ones.
func (n *NodeLines) Done() int {
	i := slices.IndexFunc(n.states, func(s lineState) bool { return s != lineDone })
	if i < 0 {
		return len(n.states)
	}
	return i
}

// Begun returns the index of the interrupted line, or -1.
func (n *NodeLines) Begun() int { return slices.Index(n.states, lineBegun) }

// NewLines returns lines, the first done of which have run.
func NewLines(node string, lines []string, done int) *NodeLines {
	n := &NodeLines{Node: node, Lines: lines, states: slices.Repeat([]lineState{lineWaits}, len(lines))}
	for i := range done {
		n.states[i] = lineDone
	}
	return n
}

// Clone returns an independent copy.
func (n *NodeLines) Clone() *NodeLines {
	return &NodeLines{Node: n.Node, Lines: n.Lines, states: slices.Clone(n.states)}
}

// Spoil makes the next run recreate the node.
func (n *NodeLines) Spoil() { n.states[0] = lineBegun }

// A Journal has the exec lines of a lab's nodes, in the order of the file.
type Journal struct {
	Nodes  []*NodeLines
	byName map[string]*NodeLines
	// written says that the journal is in a file.
	written bool
	// file is kept open for changes of states, so that these need no further
	// descriptor.
	file *os.File
}

// NewJournal returns a Journal without lines.
func NewJournal() *Journal { return &Journal{byName: make(map[string]*NodeLines)} }

// Set puts lines into the journal, replacing those of the same node.
func (j *Journal) Set(n *NodeLines) {
	switch have := j.byName[n.Node]; {
	case have != nil:
		*have = *n
	case len(n.Lines) > 0:
		j.Nodes = append(j.Nodes, n)
		j.byName[n.Node] = n
	}
}

// Of returns the lines that a node was created with, or nil.
func (j *Journal) Of(node string) *NodeLines {
	if j == nil {
		return nil
	}
	return j.byName[node]
}

// Close closes the journal's file. The journal may be nil.
func (j *Journal) Close() error {
	if j == nil || j.file == nil {
		return nil
	}
	return j.file.Close()
}

// Complete reports whether all lines have run.
func (j *Journal) Complete() bool {
	return !slices.ContainsFunc(j.Nodes, func(n *NodeLines) bool { return n.Done() < len(n.Lines) })
}

// encode returns the text of the file, and remembers the offsets of the states.
func (j *Journal) encode() []byte {
	b := []byte(journalHead)
	for _, n := range j.Nodes {
		n.at = make([]int64, len(n.Lines))
		for i, line := range n.Lines {
			n.at[i] = int64(len(b))
			b = append(b, byte(n.states[i]), ' ')
			b = strconv.AppendQuote(b, n.Node)
			b = append(b, ' ')
			b = strconv.AppendQuote(b, line)
			b = append(b, '\n')
		}
	}
	return b
}

// parseJournal reads the text of the file.
func parseJournal(text string) (*Journal, error) {
	j := NewJournal()
	j.written = true
	rest, ok := strings.CutPrefix(text, journalHead)
	if !ok {
		return nil, fmt.Errorf("it does not begin with %q", journalHead)
	}
	number, at := 1, int64(len(journalHead))
	for line := range strings.Lines(rest) {
		number++
		state, node, text, ok := parseJournalLine(line)
		if !ok {
			return nil, fmt.Errorf("line %d: %q is not a state, a node and an exec line", number, strings.TrimSuffix(line, "\n"))
		}
		n := j.byName[node]
		if n == nil {
			n = &NodeLines{Node: node}
			j.Nodes = append(j.Nodes, n)
			j.byName[node] = n
		}
		n.Lines, n.states, n.at = append(n.Lines, text), append(n.states, state), append(n.at, at)
		at += int64(len(line))
	}
	return j, nil
}

func parseJournalLine(line string) (state lineState, node, text string, ok bool) {
	line, ok = strings.CutSuffix(line, "\n")
	if !ok || len(line) < 2 || line[1] != ' ' {
		return 0, "", "", false
	}
	state, line = lineState(line[0]), line[2:]
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return 0, "", "", false
	}
	line, ok = strings.CutPrefix(line[len(quoted):], " ")
	node, err = strconv.Unquote(quoted)
	text, lerr := strconv.Unquote(line)
	known := state == lineWaits || state == lineBegun || state == lineDone
	return state, node, text, ok && known && err == nil && lerr == nil
}

// ReadJournal reads the journal. For a lab from before there were journals, all
// lines of its files count as run.
func (p *Dir) ReadJournal(old []*topology.Topology) (*Journal, error) {
	for _, name := range []string{journalFile, journalBefore} {
		b, err := p.Read(name)
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue // after a kill between the two renames, there is only the second file
		}
		j, err := parseJournal(string(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; run \"nslab down %s\" and start again", p.Path(name), err, p.Name)
		}
		return j, nil
	}
	j := NewJournal()
	for _, t := range old {
		for i := range t.Nodes {
			if n := &t.Nodes[i]; j.byName[n.Name] == nil {
				j.Set(NewLines(n.Name, n.Exec, len(n.Exec)))
			}
		}
	}
	return j, nil
}

// WriteJournal replaces the journal's file, and keeps the previous one. Both
// are open afterwards.
func (p *Dir) WriteJournal(next, before *Journal) (err error) {
	const reserved = journalFile + ".next"
	if err := p.Write(reserved, next.encode(), 0o600); err != nil {
		return err
	}
	if next.file, err = p.openToWrite(reserved); err != nil {
		return err
	}
	switch {
	case before.written:
		if err := p.Rename(journalFile, journalBefore); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	case len(before.Nodes) > 0:
		if err := p.Write(journalBefore, before.encode(), 0o600); err != nil {
			return err
		}
	}
	if len(before.Nodes) > 0 {
		if before.file, err = p.openToWrite(journalBefore); err != nil {
			return err
		}
	}
	next.written = true
	return p.Rename(reserved, journalFile)
}

func (p *Dir) openToWrite(name string) (*os.File, error) {
	f, _, err := openFile(int(p.dir.Fd()), name, p.Path(name), unix.O_WRONLY)
	return f, err
}

// Begin records in the file that a line of a node is running. Lines count from
// 1.
func (j *Journal) Begin(node string, line int) error { return j.mark(j.Of(node), line-1, lineBegun) }

// End records that the line has run.
func (j *Journal) End(node string, line int) error { return j.mark(j.Of(node), line-1, lineDone) }

// Spoil marks nodes that must be recreated.
func (j *Journal) Spoil(nodes map[string]bool) error {
	for _, n := range j.Nodes {
		if nodes[n.Node] {
			if err := j.mark(n, 0, lineBegun); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark changes the state of a line of a node, in the open file.
func (j *Journal) mark(n *NodeLines, line int, state lineState) error {
	if _, err := j.file.WriteAt([]byte{byte(state)}, n.at[line]); err != nil {
		return err
	}
	n.states[line] = state
	return nil
}

// RestoreJournal brings back the journal from before WriteJournal.
func (p *Dir) RestoreJournal(before *Journal) error {
	if len(before.Nodes) == 0 && !before.written {
		return p.Remove(journalFile)
	}
	return p.Rename(journalBefore, journalFile)
}

// TidyJournal removes the journal from before WriteJournal.
func (p *Dir) TidyJournal() error {
	b, err := p.Read(journalFile)
	if b == nil && err == nil {
		return nil // the other is the only one
	}
	return errors.Join(err, p.Remove(journalBefore))
}
