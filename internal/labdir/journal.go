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

// The exec lines that nodes were made with, and which of them have run, are written
// down in a file of the lab's directory, a line each: how far it is, its node, itself.
// That file is written whole before a run does anything. While lines run only the
// first byte of theirs changes, in place, which takes no space; so does undoing, which
// brings back the file that was there before. A lab without exec lines has none.
const (
	journalFile   = "exec"
	journalBefore = "exec.before" // that of before the run
	journalHead   = "nslab exec 1\n"
)

// A lineState says how far an exec line is, by its byte in the file.
type lineState byte

const (
	lineWaits lineState = '-'
	// lineBegun is one that runs, or was interrupted: then nobody knows what it
	// has done, and its node has to be recreated. So has a node whose recreation was
	// interrupted.
	lineBegun lineState = '>'
	lineDone  lineState = '+'
)

// NodeLines are the exec lines that a node was made with.
type NodeLines struct {
	Node   string
	Lines  []string
	states []lineState
	at     []int64 // where the states are in the file
}

// Done is how many lines have run: the first ones.
func (n *NodeLines) Done() int {
	i := slices.IndexFunc(n.states, func(s lineState) bool { return s != lineDone })
	if i < 0 {
		return len(n.states)
	}
	return i
}

// Begun is the index of the line that was interrupted, -1 for none.
func (n *NodeLines) Begun() int { return slices.Index(n.states, lineBegun) }

// NewLines are lines of which the first ones, so many, have run.
func NewLines(node string, lines []string, done int) *NodeLines {
	n := &NodeLines{Node: node, Lines: lines, states: slices.Repeat([]lineState{lineWaits}, len(lines))}
	for i := range done {
		n.states[i] = lineDone
	}
	return n
}

// Clone returns lines that change apart from these.
func (n *NodeLines) Clone() *NodeLines {
	return &NodeLines{Node: n.Node, Lines: n.Lines, states: slices.Clone(n.states)}
}

// Spoil has their node recreated by the next run.
func (n *NodeLines) Spoil() { n.states[0] = lineBegun }

// A Journal is the exec lines of a lab's nodes, in the order of the file.
type Journal struct {
	Nodes  []*NodeLines
	byName map[string]*NodeLines
	// written says that there is a file of it.
	written bool
	// file is open for its states to change: that takes nothing, no descriptor either.
	file *os.File
}

// NewJournal returns one without lines.
func NewJournal() *Journal { return &Journal{byName: make(map[string]*NodeLines)} }

// Set puts lines into the journal, in place of those of their node if it has any.
func (j *Journal) Set(n *NodeLines) {
	switch have := j.byName[n.Node]; {
	case have != nil:
		*have = *n
	case len(n.Lines) > 0:
		j.Nodes = append(j.Nodes, n)
		j.byName[n.Node] = n
	}
}

// Of returns the lines that a node was made with, nil for none.
func (j *Journal) Of(node string) *NodeLines {
	if j == nil {
		return nil
	}
	return j.byName[node]
}

// Close closes its file. It may be nil.
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

// encode returns the text of the file, and notes where the states are in it.
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

// ReadJournal reads what is written down of exec lines. Of a lab that was made before
// anything was, all lines of its files count as run.
func (p *Dir) ReadJournal(old []*topology.Topology) (*Journal, error) {
	for _, name := range []string{journalFile, journalBefore} {
		b, err := p.Read(name)
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue // killed between the two renames, there is only the second
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

// WriteJournal replaces what is written down, and keeps what was. Both are open then.
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

// Begin notes in the file that a line of a node, from 1, runs.
func (j *Journal) Begin(node string, line int) error { return j.mark(j.Of(node), line-1, lineBegun) }

// End notes that it has run.
func (j *Journal) End(node string, line int) error { return j.mark(j.Of(node), line-1, lineDone) }

// Spoil marks nodes that have to be recreated.
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

// mark changes how far a line of a node is, in the open file.
func (j *Journal) mark(n *NodeLines, line int, state lineState) error {
	if _, err := j.file.WriteAt([]byte{byte(state)}, n.at[line]); err != nil {
		return err
	}
	n.states[line] = state
	return nil
}

// RestoreJournal makes what was written down before WriteJournal what is.
func (p *Dir) RestoreJournal(before *Journal) error {
	if len(before.Nodes) == 0 && !before.written {
		return p.Remove(journalFile)
	}
	return p.Rename(journalBefore, journalFile)
}

// TidyJournal removes what was written down before WriteJournal.
func (p *Dir) TidyJournal() error {
	b, err := p.Read(journalFile)
	if b == nil && err == nil {
		return nil // the other is the only one
	}
	return errors.Join(err, p.Remove(journalBefore))
}
