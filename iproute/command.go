package iproute

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/engine"
)

// A Command is one command line, read. Either Ops is what it changes, or do
// carries it out.
type Command struct {
	// Program is "ip", "bridge" or "brctl".
	Program string
	Options Options
	// Ops are the operations it stands for, in order; nil for a command that
	// shows something, runs something, or has to look before it changes.
	Ops []engine.Op

	do    func(ctx context.Context, s *Session, o *Options) error
	extra ExtraOption
	// wrap, unless nil, turns the error of an operation into the command's:
	// the programs end with different statuses.
	wrap func(error) error
}

// verb is one command of an object.
type verb struct {
	name  string
	parse func(c *Command, w *words)
}

// object is one object of a program.
type object struct {
	name  string
	verbs []verb
	// parse takes the words of an object without commands, all of them.
	parse func(c *Command, w *words)
	// bare is the verb of an object without a further word, "show" as a rule.
	bare string
	// usage is what "help" prints, and help, unless nil, what takes its words.
	usage string
	help  func(c *Command, w *words)
	// missing are verbs of iproute2 that are not here, so that the error can
	// say so.
	missing []string
	// status is the exit status of a wrong word behind the verb, 0 being
	// statusUsage.
	status int
}

// program is a program whose words are understood.
type program struct {
	name    string
	options []option
	objects []object
	missing []string // objects of the program that are not here
	usage   string
	version string
}

// programs returns the programs by name. It is a function because the parsers
// refer back to it: "ip netns exec NS ip ...".
func programs(name string) *program {
	switch name {
	case "ip":
		return ipProgram()
	case "bridge":
		return bridgeProgram()
	}
	return nil
}

// IsProgram reports whether a word names a program that Parse understands, by
// its last path element: "ip", "bridge" or "brctl".
func IsProgram(word string) bool {
	switch filepath.Base(word) {
	case "ip", "bridge", "brctl":
		return true
	}
	return false
}

// Parse reads the command line of a program, "ip", "bridge" or "brctl", without
// its name. It touches nothing but the tables in /etc/iproute2. Extra, unless
// nil, is asked about options that the program does not have.
//
// The error says which word is wrong, and Status gives the exit status that the
// program would have ended with.
func Parse(program string, args []string, extra ExtraOption) (*Command, error) {
	return parse(program, args, Options{}, extra)
}

// parse is Parse for a line of a batch, which the options in front of "-batch"
// are for, too. What the line itself has is added, or overrides.
func parse(program string, args []string, batch Options, extra ExtraOption) (*Command, error) {
	program = filepath.Base(program)
	c := &Command{Program: program, Options: batch, extra: extra}
	c.Options.Batch = ""
	w := &words{all: args, at: 1}
	if program == "brctl" {
		c.brctl(w)
		return c.finish(w)
	}
	p := programs(program)
	if p == nil {
		return nil, &Error{Status: statusFailed, Err: fmt.Errorf("no such program here: %q", program)}
	}
	c.Options.parse(w, p.options, extra)
	switch {
	case w.err != nil:
	case c.Options.Version:
		w.rest()
		c.do = printVersion(p)
	case c.Options.Help:
		w.rest()
		c.do = printUsage(p.usage)
	case c.Options.Batch != "":
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.batchFile(ctx, p.name, o) }
	case !w.more():
		c.do = printUsage(p.usage)
	default:
		c.object(p, w)
	}
	return c.finish(w)
}

func (c *Command) finish(w *words) (*Command, error) {
	if err := w.end(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Program, err)
	}
	return c, nil
}

// object takes the object and the verb, and lets it take the rest.
func (c *Command) object(p *program, w *words) {
	name := w.next()
	obj := find(p.objects, name, func(o object) string { return o.name })
	if gone := notHere(p.missing, name); gone != "" && (obj == nil || !strings.HasPrefix(obj.name, name)) {
		w.bad("an object that nslab has; %q is one of %s that it does not", gone, p.name)
		return
	}
	switch {
	case obj == nil && strings.HasPrefix("help", name):
		w.rest()
		c.do = printUsage(p.usage)
		return
	case obj == nil:
		if p.name == "ip" {
			w.status = statusFailed
		}
		w.bad("an object of %s: %s", p.name, list(p.objects, func(o object) string { return o.name }))
		w.peer("Object %q is unknown, try \"%s help\".", name, p.name)
		return
	}
	c.verb(p, obj, w)
}

func (c *Command) verb(p *program, obj *object, w *words) {
	if obj.parse != nil {
		w.status = obj.status
		obj.parse(c, w)
		return
	}
	if !w.more() {
		for i := range obj.verbs {
			if obj.verbs[i].name == obj.bare {
				obj.verbs[i].parse(c, w)
				return
			}
		}
		w.need("a command of " + p.name + " " + obj.name)
		return
	}
	name := w.next()
	v := find(obj.verbs, name, func(v verb) string { return v.name })
	switch {
	case v != nil:
		w.status = obj.status
		v.parse(c, w)
	case strings.HasPrefix("help", name) && obj.help != nil:
		obj.help(c, w)
	case strings.HasPrefix("help", name):
		w.rest()
		c.do = printUsage(obj.usage)
	case notHere(obj.missing, name) != "":
		w.bad("a command that nslab has; %q is one of %s %s that it does not", notHere(obj.missing, name), p.name, obj.name)
	default:
		w.bad("a command of %s %s: %s", p.name, obj.name, list(obj.verbs, func(v verb) string { return v.name }))
		w.peer("Command %q is unknown, try \"%s %s help\".", name, p.name, strings.TrimSuffix(strings.TrimSuffix(obj.name, "bor"), "bour"))
	}
}

// find returns the first of some whose name starts with a word, as iproute2's
// tables are searched; nil if there is none.
func find[T any](some []T, word string, name func(T) string) *T {
	if word == "" {
		return nil
	}
	for i := range some {
		if strings.HasPrefix(name(some[i]), word) {
			return &some[i]
		}
	}
	return nil
}

func notHere(missing []string, word string) string {
	for _, m := range missing {
		if word != "" && strings.HasPrefix(m, word) {
			return m
		}
	}
	return ""
}

func list[T any](some []T, name func(T) string) string {
	var names []string
	for _, s := range some {
		names = append(names, name(s))
	}
	return strings.Join(names, ", ")
}

func printVersion(p *program) func(context.Context, *Session, *Options) error {
	return func(_ context.Context, s *Session, _ *Options) error {
		_, err := fmt.Fprintln(s.Stdout, p.version)
		return err
	}
}

// printUsage prints a usage to standard error and ends as iproute2 does.
func printUsage(usage string) func(context.Context, *Session, *Options) error {
	return func(_ context.Context, s *Session, _ *Options) error {
		fmt.Fprint(s.Stderr, usage)
		return &Error{Status: statusUsage}
	}
}

// isRequest reports whether the command is one request and no more. Others must
// not go on after an operation that failed, or enter a namespace first.
func (c *Command) isRequest() bool {
	if c.do != nil || len(c.Ops) != 1 || c.Options.Echo {
		return false
	}
	_, ok := c.Ops[0].Action.(*engine.Request)
	return ok
}

// failure turns the error of an operation into the command's.
func (c *Command) failure(err error) error {
	if err == nil || c.wrap == nil {
		return err
	}
	return c.wrap(err)
}

// op adds a request in the command's namespace.
func (c *Command) op(r *engine.Request) {
	c.Ops = append(c.Ops, engine.Op{NetNS: c.Options.NetNS, Action: r})
}
