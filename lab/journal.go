package lab

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

// nodeLines are the exec lines that a node was made with.
type nodeLines struct {
	node   string
	lines  []string
	states []lineState
	at     []int64 // where the states are in the file
}

// done is how many lines have run: the first ones.
func (n *nodeLines) done() int {
	i := slices.IndexFunc(n.states, func(s lineState) bool { return s != lineDone })
	if i < 0 {
		return len(n.states)
	}
	return i
}

// begun is the index of the line that was interrupted, -1 for none.
func (n *nodeLines) begun() int { return slices.Index(n.states, lineBegun) }

// newLines are lines of which the first ones, so many, have run.
func newLines(node string, lines []string, done int) *nodeLines {
	n := &nodeLines{node: node, lines: lines, states: slices.Repeat([]lineState{lineWaits}, len(lines))}
	for i := range done {
		n.states[i] = lineDone
	}
	return n
}

// clone returns lines that change apart from these.
func (n *nodeLines) clone() *nodeLines {
	return &nodeLines{node: n.node, lines: n.lines, states: slices.Clone(n.states)}
}

// spoil has their node recreated by the next run.
func (n *nodeLines) spoil() { n.states[0] = lineBegun }

// A journal is the exec lines of a lab's nodes, in the order of the file.
type journal struct {
	nodes  []*nodeLines
	byName map[string]*nodeLines
	// written says that there is a file of it.
	written bool
	// file is open for its states to change: that takes nothing, no descriptor either.
	file *os.File
}

func newJournal() *journal { return &journal{byName: make(map[string]*nodeLines)} }

// set puts lines into the journal, in place of those of their node if it has any.
func (j *journal) set(n *nodeLines) {
	switch have := j.byName[n.node]; {
	case have != nil:
		*have = *n
	case len(n.lines) > 0:
		j.nodes = append(j.nodes, n)
		j.byName[n.node] = n
	}
}

// of returns the lines that a node was made with, nil for none.
func (j *journal) of(node string) *nodeLines {
	if j == nil {
		return nil
	}
	return j.byName[node]
}

func (j *journal) close() error {
	if j == nil || j.file == nil {
		return nil
	}
	return j.file.Close()
}

// complete reports whether all lines have run.
func (j *journal) complete() bool {
	return !slices.ContainsFunc(j.nodes, func(n *nodeLines) bool { return n.done() < len(n.lines) })
}

// encode returns the text of the file, and notes where the states are in it.
func (j *journal) encode() []byte {
	b := []byte(journalHead)
	for _, n := range j.nodes {
		n.at = make([]int64, len(n.lines))
		for i, line := range n.lines {
			n.at[i] = int64(len(b))
			b = append(b, byte(n.states[i]), ' ')
			b = strconv.AppendQuote(b, n.node)
			b = append(b, ' ')
			b = strconv.AppendQuote(b, line)
			b = append(b, '\n')
		}
	}
	return b
}

// parseJournal reads the text of the file.
func parseJournal(text string) (*journal, error) {
	j := newJournal()
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
			n = &nodeLines{node: node}
			j.nodes = append(j.nodes, n)
			j.byName[node] = n
		}
		n.lines, n.states, n.at = append(n.lines, text), append(n.states, state), append(n.at, at)
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

// readJournal reads what is written down of exec lines. Of a lab that was made before
// anything was, all lines of its files count as run.
func (p *labDir) readJournal(old []*topology.Topology) (*journal, error) {
	for _, name := range []string{journalFile, journalBefore} {
		b, err := p.read(name)
		if err != nil {
			return nil, err
		}
		if b == nil {
			continue // killed between the two renames, there is only the second
		}
		j, err := parseJournal(string(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; run \"nslab down %s\" and start again", p.path(name), err, p.name)
		}
		return j, nil
	}
	j := newJournal()
	for _, t := range old {
		for i := range t.Nodes {
			if n := &t.Nodes[i]; j.byName[n.Name] == nil {
				j.set(newLines(n.Name, n.Exec, len(n.Exec)))
			}
		}
	}
	return j, nil
}

// writeJournal replaces what is written down, and keeps what was. Both are open then.
func (p *labDir) writeJournal(next, before *journal) (err error) {
	const reserved = journalFile + ".next"
	if err := p.write(reserved, next.encode(), 0o600); err != nil {
		return err
	}
	if next.file, err = p.openToWrite(reserved); err != nil {
		return err
	}
	switch {
	case before.written:
		if err := p.rename(journalFile, journalBefore); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	case len(before.nodes) > 0:
		if err := p.write(journalBefore, before.encode(), 0o600); err != nil {
			return err
		}
	}
	if len(before.nodes) > 0 {
		if before.file, err = p.openToWrite(journalBefore); err != nil {
			return err
		}
	}
	next.written = true
	return p.rename(reserved, journalFile)
}

func (p *labDir) openToWrite(name string) (*os.File, error) {
	f, _, err := openFile(int(p.dir.Fd()), name, p.path(name), unix.O_WRONLY)
	return f, err
}

// begin notes in the file that a line of a node, from 1, runs.
func (j *journal) begin(node string, line int) error { return j.mark(j.of(node), line-1, lineBegun) }

// end notes that it has run.
func (j *journal) end(node string, line int) error { return j.mark(j.of(node), line-1, lineDone) }

// spoil marks nodes that have to be recreated.
func (j *journal) spoil(nodes map[string]bool) error {
	for _, n := range j.nodes {
		if nodes[n.node] {
			if err := j.mark(n, 0, lineBegun); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark changes how far a line of a node is, in the open file.
func (j *journal) mark(n *nodeLines, line int, state lineState) error {
	if _, err := j.file.WriteAt([]byte{byte(state)}, n.at[line]); err != nil {
		return err
	}
	n.states[line] = state
	return nil
}

// bringBack makes what was written down before writeJournal what is.
func (p *labDir) bringBack(before *journal) error {
	if len(before.nodes) == 0 && !before.written {
		return p.remove(journalFile)
	}
	return p.rename(journalBefore, journalFile)
}

// forgetBefore removes what was written down before writeJournal.
func (p *labDir) forgetBefore() error {
	b, err := p.read(journalFile)
	if b == nil && err == nil {
		return nil // the other is the only one
	}
	return errors.Join(err, p.remove(journalBefore))
}
