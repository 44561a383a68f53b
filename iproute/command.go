package iproute

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
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

	// Warnings say which words are ignored, as iproute2 ignores them, and what
	// else is seldom meant; a Session prints them.
	Warnings []string

	// Endless says that it tells what changes until its context ends, as ip monitor,
	// ip netns monitor and bridge monitor do.
	Endless bool

	do    func(ctx context.Context, s *Session, o *Options) error
	extra ExtraOption
	// wrap, unless nil, turns the error of an operation into the command's:
	// the programs end with different statuses.
	wrap func(error) error
}

// verb is one command of an object.
type verb struct {
	name string
	// parse takes the words behind it. It is nil for a command of iproute2 that
	// is not here.
	parse func(c *Command, w *words)
	// whole says that iproute2 takes no abbreviation of it.
	whole bool
}

func (v *verb) is(word string) bool {
	return word == v.name || !v.whole && word != "" && strings.HasPrefix(v.name, word)
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
	// format returns the words of the command that does what an action does,
	// without the program's name and from the object on; nil if there is none. It
	// is itself nil for an object without commands that change something.
	format func(engine.Action) []string
	// absent says that this is an object of iproute2 that is not here.
	absent bool
	// status is the exit status of a wrong word behind the verb, 0 being
	// statusUsage.
	status int
}

// program is a program whose words are understood.
type program struct {
	name    string
	options []option
	objects []object // in the order in which iproute2 looks for a match
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
// The words are read with all keywords in full first, so that a link may have a
// name that iproute2 takes for an abbreviation; if that fails, as iproute2 reads
// them: with its abbreviations, and passing over what it passes over.
//
// The error says which word was wrong when they were read in full, and Status gives
// the exit status that the program would have ended with.
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
		if c.brctlOptions(w); w.err != nil || c.do != nil {
			return c.finish(w)
		}
		return c.read(w, (*Command).brctl)
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
		w.loose = true
		w.extra() // iproute2 never looks at these
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.batchFile(ctx, p.name, o) }
	case !w.more():
		c.do = printUsage(p.usage)
	default:
		return c.read(w, func(c *Command, w *words) { c.object(p, w) })
	}
	return c.finish(w)
}

// read reads the words behind the options: in full, and where that fails as
// iproute2 does. A line that has a sense both ways, because a word of it may be a
// link's name or an abbreviated keyword, is about the link, if there is one.
func (c *Command) read(w *words, parse func(*Command, *words)) (*Command, error) {
	loose := &words{all: w.all, i: w.i, at: w.at, loose: true}
	second := &Command{Program: c.Program, Options: c.Options, extra: c.extra}
	parse(c, w)
	full, err := c.finish(w)
	if err == nil && w.doubtful == "" {
		return full, nil
	}
	parse(second, loose)
	second, lerr := second.finish(loose)
	switch {
	case err != nil && lerr == nil:
		return second, nil
	case err != nil:
		told := w.err
		if text := peerText(lerr); text != "" {
			told = &peerError{text: text, err: told}
		}
		return nil, fmt.Errorf("%s: %w", c.Program, &Error{Status: Status(lerr), Err: told})
	case lerr == nil:
		return full.unlessNoDevice(w.doubtful, second), nil
	}
	return full, nil
}

// unlessNoDevice is a command that is carried out as another where there is no link
// of a name.
func (c *Command) unlessNoDevice(name string, other *Command) *Command {
	return &Command{Program: c.Program, Options: c.Options, extra: c.extra, do: func(ctx context.Context, s *Session, _ *Options) error {
		err := s.Do(ctx, c)
		var none *rtnl.NoDeviceError
		if errors.As(err, &none) && none.Name == name {
			return s.Do(ctx, other)
		}
		return err
	}}
}

func (c *Command) finish(w *words) (*Command, error) {
	if err := w.end(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Program, err)
	}
	for _, warning := range w.warnings {
		c.Warnings = append(c.Warnings, c.Program+": "+warning)
	}
	return c, nil
}

// object takes the object and the verb, and lets it take the rest.
func (c *Command) object(p *program, w *words) {
	name := w.next()
	obj := p.object(name)
	switch {
	case obj == nil && name != "" && strings.HasPrefix("help", name):
		w.rest()
		c.do = printUsage(p.usage)
	case obj == nil:
		if p.name == "ip" {
			w.status = statusFailed
		}
		w.bad("an object of %s: %s", p.name, strings.Join(p.objectNames(), ", "))
		w.peer("Object %q is unknown, try \"%s help\".", name, p.name)
	case obj.absent:
		w.bad("an object that nslab supports; it does not support %q of %s", obj.name, p.name)
	default:
		c.verb(p, obj, w)
	}
}

// object returns the first object whose name begins with a word, nil for none.
func (p *program) object(word string) *object {
	i := slices.IndexFunc(p.objects, func(o object) bool { return word != "" && strings.HasPrefix(o.name, word) })
	if i < 0 {
		return nil
	}
	return &p.objects[i]
}

// objectNames returns the names of the objects that are here.
func (p *program) objectNames() (names []string) {
	for i := range p.objects {
		if !p.objects[i].absent {
			names = append(names, p.objects[i].name)
		}
	}
	return names
}

// verbNames returns the names of the verbs that are here.
func (o *object) verbNames() (names []string) {
	for i := range o.verbs {
		if o.verbs[i].parse != nil {
			names = append(names, o.verbs[i].name)
		}
	}
	return names
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
	i := slices.IndexFunc(obj.verbs, func(v verb) bool { return v.is(name) })
	switch {
	case i >= 0 && obj.verbs[i].parse == nil:
		w.bad("a command that nslab supports; it does not support %q of %s %s", obj.verbs[i].name, p.name, obj.name)
	case i >= 0:
		w.status = obj.status
		obj.verbs[i].parse(c, w)
	case name != "" && strings.HasPrefix("help", name) && obj.help != nil:
		obj.help(c, w)
	case name != "" && strings.HasPrefix("help", name):
		w.rest()
		c.do = printUsage(obj.usage)
	default:
		w.bad("a command of %s %s: %s", p.name, obj.name, strings.Join(obj.verbNames(), ", "))
		w.peer("Command %q is unknown, try \"%s %s help\".", name, p.name, strings.TrimSuffix(strings.TrimSuffix(obj.name, "bor"), "bour"))
	}
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
	return printUsageWith(usage, statusUsage)
}

// printUsageWith is printUsage with another exit status.
func printUsageWith(usage string, status int) func(context.Context, *Session, *Options) error {
	return func(_ context.Context, s *Session, _ *Options) error {
		fmt.Fprint(s.Stderr, usage)
		return &Error{Status: status}
	}
}

// isRequest reports whether the command is one request and no more. Others must
// not go on after an operation that failed, or enter a namespace first.
func (c *Command) isRequest() bool {
	if c.do != nil || len(c.Ops) != 1 || c.Options.Echo || len(c.Warnings) > 0 {
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
func (c *Command) op(r rtnl.Request) {
	c.Ops = append(c.Ops, engine.Send(c.Options.NetNS, r))
}

// help prints the usage if "help" is the next word.
func (c *Command) help(w *words, usage string) bool {
	if w.keyword("help*") == "" {
		return false
	}
	c.usage(w, usage)
	return true
}

// usage prints the usage. When the words are read a second time, there is an error
// to tell instead.
func (c *Command) usage(w *words, usage string) {
	if w.loose {
		w.status = 0
		w.bad(`anything but "help"`)
		return
	}
	w.rest()
	c.do = printUsage(usage)
}
