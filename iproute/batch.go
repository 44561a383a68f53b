package iproute

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A Script is a file of commands: lines for ip, bridge and brctl, and for other
// programs.
type Script struct {
	// Name is the file's name in errors.
	Name string
	// Lines are its commands, in order.
	Lines []Line
}

// A Line is one command of a Script.
type Line struct {
	// Number is the line's number in the file, from 1. For a command of several
	// lines, it is that of the first.
	Number int
	// Words are the command's words.
	Words []string
	// Command is the parsed command, nil for another program's.
	Command *Command
}

// A LineError says what is wrong with one line of a script.
type LineError struct {
	File   string
	Number int
	Err    error
}

func (e *LineError) Error() string {
	return fmt.Sprintf("%s:%d: %v", plain.Text(e.File), e.Number, e.Err)
}

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// maxLine bounds a line of a script, in bytes.
const maxLine = 1 << 20

// reader reads a script command by command.
type reader struct {
	name   string
	scan   *bufio.Scanner
	number int
	// only, unless "", is the program that all lines are for, whose name they
	// omit. options are those before its "-batch".
	only    string
	options Options
	extra   ExtraOption
}

func newReader(name string, r io.Reader, extra ExtraOption) *reader {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	return &reader{name: name, scan: scan, extra: extra}
}

// A lineSplitter splits the lines of a command into words.
type lineSplitter interface {
	// line adds a line, without its line end, and reports whether the command
	// continues on the next.
	line(text string) (more bool, err error)
	// take returns the words and starts over. An open quote is an error.
	take() ([]string, error)
}

// next returns the next command. The error is io.EOF at the end, a *LineError
// for a wrong line, after which next may be called again, or the error of
// reading.
func (r *reader) next() (Line, error) {
	var s lineSplitter = &splitter{}
	if r.only != "" {
		s = &batchSplitter{}
	}
	first := 0
	for r.scan.Scan() {
		r.number++
		if first == 0 {
			first = r.number
		}
		text := r.scan.Text()
		if r.number == 1 {
			text = strings.TrimPrefix(text, "\ufeff") // a byte order mark
		}
		more, err := s.line(text)
		if err != nil {
			return Line{Number: first}, r.unsplit(first, err)
		}
		if more {
			continue
		}
		words, err := s.take()
		if err != nil {
			return Line{Number: first}, r.unsplit(first, err)
		}
		if len(words) == 0 {
			first = 0
			continue
		}
		return r.parse(first, words)
	}
	if err := r.scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line of more than %d bytes", maxLine)
		}
		return Line{}, fmt.Errorf("%s:%d: %w", r.name, r.number+1, err)
	}
	if first != 0 {
		if _, err := s.take(); err != nil {
			return Line{Number: first}, r.unsplit(first, err)
		}
	}
	return Line{}, io.EOF
}

// unsplit returns the error for a command, starting on line first, that cannot
// be split into words. The error has the line where splitting failed.
func (r *reader) unsplit(first int, err error) error {
	var s *SplitError
	if errors.As(err, &s) {
		first += s.after
	}
	return &LineError{r.name, first, err}
}

func (r *reader) parse(number int, words []string) (Line, error) {
	l := Line{Number: number, Words: words}
	program, args := r.only, words
	if program == "" {
		switch {
		case IsProgram(words[0]):
			program, args = words[0], words[1:]
		case isObject(words[0]) || strings.HasPrefix(words[0], "-"):
			program = "ip"
		default:
			if err := lookUp(words[0]); err != nil {
				return l, &LineError{r.name, number, err}
			}
			return l, nil
		}
	}
	c, err := parse(program, args, r.options, r.extra)
	if err != nil {
		return l, &LineError{r.name, number, err}
	}
	l.Command = c
	return l, nil
}

// isObject reports whether a word names an object of ip that nslab has.
func isObject(word string) bool {
	o := ipProgram().object(word)
	return o != nil && !o.absent
}

// lookUp looks for the program of a line, so that a mistyped word is found
// while the script is read. A path is not checked, since the script may create
// that program.
func lookUp(word string) error {
	if strings.Contains(word, "/") {
		return nil
	}
	if _, err := exec.LookPath(word); errors.Is(err, exec.ErrNotFound) {
		if isShellWord(word) {
			return failed(&ShellWordError{word})
		}
		return failed(fmt.Errorf("%q is neither an object of ip nor a program in PATH", word))
	}
	return nil
}

// ReadScript reads a whole script and carries out nothing. Its error contains a
// *LineError for each wrong line.
func ReadScript(name string, r io.Reader, extra ExtraOption) (*Script, error) {
	s := &Script{Name: name}
	rd := newReader(name, r, extra)
	var errs []error
	for {
		l, err := rd.next()
		var le *LineError
		switch {
		case err == io.EOF:
			return s, errors.Join(errs...)
		case errors.As(err, &le):
			errs = append(errs, err)
		case err != nil:
			return s, errors.Join(append(errs, err)...)
		default:
			s.Lines = append(s.Lines, l)
		}
	}
}

// RunScript carries out a script. It stops at the first line that fails. That
// line took no effect beyond what its error says, and no later line did. The
// error is a *LineError.
func (s *Session) RunScript(ctx context.Context, script *Script) error {
	for _, l := range script.Lines {
		if err := s.runLine(ctx, l); err != nil {
			return &LineError{script.Name, l.Number, err}
		}
	}
	return nil
}

// RunStream carries out commands as it reads them, and stops at the first that
// fails.
func (s *Session) RunStream(ctx context.Context, name string, r io.Reader) error {
	rd := newReader(name, r, s.Extra)
	for {
		l, err := rd.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.runLine(ctx, l); err != nil {
			return &LineError{name, l.Number, err}
		}
	}
}

// ForceScript carries out all lines of a script, even if some fail. Successive
// changes go to the kernel in batches, and namespaces are created meanwhile. It
// calls tell for each failure, in order, and returns their number.
func (s *Session) ForceScript(ctx context.Context, script *Script, tell func(*LineError)) int {
	failures := 0
	fail := func(number int, err error) {
		if err != nil {
			failures++
			tell(&LineError{script.Name, number, err})
		}
	}
	for lines := script.Lines; len(lines) > 0; {
		n := together(lines)
		if n == 0 {
			fail(lines[0].Number, s.runLine(ctx, lines[0]))
			lines = lines[1:]
			continue
		}
		some := lines[:n]
		lines = lines[n:]
		p := s.Engine.RunAll(ctx, engine.Work{
			N:      n,
			Ops:    func(i int) []engine.Op { return some[i].Command.Ops },
			Failed: func(i int, err error) { fail(some[i].Number, some[i].Command.failure(err)) },
		})
		if p.Err != nil { // the context has ended
			fail(some[p.Failed].Number, p.Err)
			return failures
		}
	}
	return failures
}

// together returns how many of the first lines one RunAll may carry out. They
// are changes, and none refers to a namespace that a later one creates.
func together(lines []Line) int {
	names := make(map[string]bool) // namespaces that have been created or referred to
	for i, l := range lines {
		if l.Command == nil || len(l.Command.Ops) != 1 {
			return i
		}
		op := l.Command.Ops[0]
		switch a := op.Action.(type) {
		case *engine.Request:
			if !l.Command.isRequest() {
				return i
			}
			names[op.NetNS] = true
			for n := range rtnl.NetNSs(a.Req) {
				names[n.Name()] = true
			}
		case *engine.NetNSAdd:
			if l.Command.Options.NetNS != "" || names[a.Name] {
				return i
			}
			names[a.Name] = true
		default:
			return i
		}
	}
	return len(lines)
}

func (s *Session) runLine(ctx context.Context, l Line) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if l.Command != nil {
		return s.Do(ctx, l.Command)
	}
	cmd := exec.CommandContext(ctx, l.Words[0], l.Words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	return childStatus(cmd.Run())
}

// batchFile is "ip -batch FILE". Each line is a command of the program, without
// its name, read with the options of the command line.
func (s *Session) batchFile(ctx context.Context, program string, o *Options) error {
	if o.NetNS != "" {
		// iproute2 enters the namespace before it reads a line.
		if _, err := s.conn(o); err != nil {
			return err
		}
	}
	name, in := o.Batch, s.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			var errno unix.Errno
			if errors.As(err, &errno) {
				err = &peerError{text: fmt.Sprintf("Cannot open file %q for reading: %s", name, strerror(errno)), err: err}
			}
			return failed(err)
		}
		defer f.Close()
		in = f
	}
	// A program in one line must not replace the process, which has further
	// lines to run.
	inner := *s
	inner.Replace = false
	rd := newReader(name, in, s.Extra)
	rd.only, rd.options = program, *o
	status := 0
	for {
		l, err := rd.next()
		if err == io.EOF {
			break
		}
		var le *LineError
		if err != nil && !errors.As(err, &le) {
			return failed(err)
		}
		if err == nil {
			if err = inner.Do(ctx, l.Command); err == nil {
				continue
			}
			err = &LineError{name, l.Number, err}
		}
		s.tell(program, err)
		status = statusFailed
		if !o.Force {
			if program == "ip" && Status(err) == statusUsage {
				status = statusUsage // ip ends at once
			}
			break
		}
	}
	if status != 0 {
		return &Error{Status: status}
	}
	return nil
}
