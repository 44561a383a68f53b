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

// A Command is a parsed command line. It either has Ops, or do carries it out.
type Command struct {
	// Program is "ip", "bridge" or "brctl".
	Program string
	Options Options
	// Ops are its operations, in order. They are nil for a command that shows
	// or runs something, or must look before it changes anything.
	Ops []engine.Op

	// Warnings say which words are ignored, as in iproute2, and what is
	// probably not meant. A Session prints them.
	Warnings []string

	// Endless says that the command reports changes until its context ends, as
	// ip monitor, ip netns monitor and bridge monitor do.
	Endless bool

	do    func(ctx context.Context, s *Session, o *Options) error
	extra ExtraOption
	// VRF is the name in "vrf NAME" of a route to add or delete, "" for none.
	// The table in Ops is then not known before the Session looks it up.
	VRF string
	// entered says that the command is one that "ip netns exec" would start.
	entered bool
	// looks look up what the words name, before Ops are carried out.
	looks []func(ctx context.Context, s *Session, conn *rtnl.Conn) error
	// wrap, unless nil, turns the error of an operation into the command's,
	// since the programs have different exit statuses.
	wrap func(error) error
	// first is printed before the command is carried out.
	first firstWarning
}

// A firstWarning is a warning in nslab's words, and iproute2's for a Session as
// its peer; "" for none.
type firstWarning struct{ own, peer string }

// verb is one command of an object.
type verb struct {
	name string
	// parse takes the words after it. It is nil for a command of iproute2 that
	// nslab does not have.
	parse func(c *Command, w *words)
	// whole says that iproute2 does not accept an abbreviation.
	whole bool
}

func (v *verb) is(word string) bool {
	return word == v.name || !v.whole && word != "" && strings.HasPrefix(v.name, word)
}

// object is one object of a program.
type object struct {
	name  string
	verbs []verb
	// parse, for an object without commands, takes all its words.
	parse func(c *Command, w *words)
	// bare is the command that is meant if there is no further word, usually
	// "show".
	bare string
	// usage is what "help" prints. help, unless nil, takes the words of "help".
	usage string
	help  func(c *Command, w *words)
	// format returns the words of the command that does what an action does,
	// from the object on, or nil if there is none. format is nil for an object
	// whose commands change nothing.
	format func(engine.Action) []string
	// absent marks an object of iproute2 that nslab does not have.
	absent bool
	// status is the exit status of a wrong word after the command; 0 means
	// statusUsage.
	status int
}

// program is a program whose command lines Parse reads.
type program struct {
	name    string
	options []option
	objects []object // in the order in which iproute2 looks for a match
	usage   string
	version string
}

// programs returns a program by its name. It is a function because the parsers
// refer back to it, for "ip netns exec NS ip ...".
func programs(name string) *program {
	switch name {
	case "ip":
		return ipProgram()
	case "bridge":
		return bridgeProgram()
	}
	return nil
}

// IsProgram reports whether the last path element of a word is the name of a
// program that Parse reads: "ip", "bridge" or "brctl".
func IsProgram(word string) bool {
	switch filepath.Base(word) {
	case "ip", "bridge", "brctl":
		return true
	}
	return false
}

// Parse reads the command line of a program, "ip", "bridge" or "brctl", without
// its name. It uses nothing but the tables in /etc/iproute2. Extra, unless nil,
// is called for options that the program does not have.
//
// Parse first reads all keywords in full, so that a link may have a name that
// iproute2 takes for an abbreviation. If that fails, it reads the words as
// iproute2 does, with its abbreviations, and ignoring what it ignores.
//
// The error says which word was wrong when reading in full. Status returns the
// exit status that the program would have had.
func Parse(program string, args []string, extra ExtraOption) (*Command, error) {
	return parse(program, args, Options{}, extra)
}

// parse does what Parse does for a line of a batch. batch are the options
// before "-batch"; those of the line are added or override them.
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
		return nil, &Error{Status: statusFailed, Err: fmt.Errorf("nslab does not implement the program %q", program)}
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

// read reads the words after the options: in full, and if that fails, as
// iproute2 does. If a line is valid both ways, because a word may be a link's
// name or an abbreviated keyword, it means the link if that exists.
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

// unlessNoDevice returns a command that does what c does, or what other does if
// the link called name does not exist.
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

// object takes the object and the command, which takes the rest.
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

// object returns the first object whose name begins with a word, or nil.
func (p *program) object(word string) *object {
	i := slices.IndexFunc(p.objects, func(o object) bool { return word != "" && strings.HasPrefix(o.name, word) })
	if i < 0 {
		return nil
	}
	return &p.objects[i]
}

// objectNames returns the names of the objects that nslab has.
func (p *program) objectNames() (names []string) {
	for i := range p.objects {
		if !p.objects[i].absent {
			names = append(names, p.objects[i].name)
		}
	}
	return names
}

// verbNames returns the names of the commands that nslab has.
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

// printUsage prints a usage to standard error and returns iproute2's exit
// status.
func printUsage(usage string) func(context.Context, *Session, *Options) error {
	return printUsageWith(usage, statusUsage)
}

// printUsageWith does what printUsage does, with another exit status.
func printUsageWith(usage string, status int) func(context.Context, *Session, *Options) error {
	return func(_ context.Context, s *Session, _ *Options) error {
		fmt.Fprint(s.Stderr, usage)
		return &Error{Status: status}
	}
}

// isRequest reports whether the command is a single request and nothing else.
// Other commands must stop after an operation that fails, look something up, or
// enter a namespace first.
func (c *Command) isRequest() bool {
	if c.do != nil || len(c.Ops) != 1 || len(c.looks) > 0 || c.Options.Echo || len(c.Warnings) > 0 || c.first.own != "" {
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

// look makes the command look something up before its operations.
func (c *Command) look(f func(ctx context.Context, s *Session, conn *rtnl.Conn) error) {
	c.looks = append(c.looks, f)
}

// op adds a request in the command's namespace.
func (c *Command) op(r rtnl.Request) {
	c.Ops = append(c.Ops, engine.Send(c.Options.NetNS, r))
}

// help takes the next word and prints the usage if it is "help".
func (c *Command) help(w *words, usage string) bool {
	if w.keyword("help*") == "" {
		return false
	}
	c.usage(w, usage)
	return true
}

// usage prints the usage. When the words are read as iproute2 reads them,
// "help" is an error instead.
func (c *Command) usage(w *words, usage string) {
	if w.loose {
		w.status = 0
		w.bad(`anything but "help"`)
		return
	}
	w.rest()
	c.do = printUsage(usage)
}
