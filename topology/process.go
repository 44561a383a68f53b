package topology

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"golang.org/x/sys/unix"
)

// A Process is a program that a lab keeps in a node.
type Process struct {
	// Name is its name in the node: MainProcess for that of the key cmd.
	Name string
	// Command is the program with its arguments. A text of the file is split
	// into them as a shell does.
	Command []string
	// Env are environment variables besides those of the node, each
	// "KEY=VALUE", in ascending order.
	Env []string
	// StopSignal is the number of the signal that ends it, and StopTimeout how
	// long it has before SIGKILL.
	StopSignal  int
	StopTimeout time.Duration
	// Restart says when it is started again.
	Restart RestartPolicy
	// Ready says when it is started, and when it is ready.
	Ready
	// OfKind says that it is a daemon of the node's kind: exec lines wait until
	// it is ready.
	OfKind bool
	// Line is its line in the file, from 1.
	Line int
}

// Ready says when a node or a process is begun with, and when it is ready.
type Ready struct {
	// StartupDelay is how long it waits at first.
	StartupDelay time.Duration
	// WaitFor are what it then waits for.
	WaitFor []WaitFor
	// Healthcheck says when it is ready. Without a Test it is as soon as it
	// runs.
	Healthcheck Healthcheck
}

// A WaitFor is a node, or one process of it, that has to be ready.
type WaitFor struct {
	// Node is the node's name, and Process that of its process, "" for the node
	// with all its processes.
	Node, Process string
}

func (w WaitFor) String() string {
	if w.Process == "" {
		return w.Node
	}
	return w.Node + "/" + w.Process
}

// A Healthcheck is a program that exits with 0 when what it is about is ready.
type Healthcheck struct {
	// Test is the program with its arguments. A text of the file, and what
	// follows CMD-SHELL, is the last argument of /bin/sh -c.
	Test []string
	// Interval is the time from the end of one test to the next, and Timeout
	// how long a test may take.
	Interval, Timeout time.Duration
	// Retries is how many tests have to fail one after the other; those that
	// begin within StartPeriod of the start do not count.
	Retries     int
	StartPeriod time.Duration
}

// MainProcess is the name of the process of a node's key cmd.
const MainProcess = "cmd"

// A processSpec is a process of a nodeSpec.
type processSpec struct {
	name string
	at   Pos
	f    fields
	readySpec
}

// A readySpec says when a node or a process is ready.
type readySpec struct {
	delay  *yamlNode
	waits  []*yamlNode
	health *yamlNode
	test   fields // of health
}

// readProcesses reads which processes a node has.
func (p *fileParser) readProcesses(spec *nodeSpec) {
	spec.ready = p.readySpec(spec.in)
	p.readRestart(spec.in.one("restart-policy")) // also where nothing runs
	if v := spec.in.one("cmd"); v != nil {
		f := fields{"cmd": v}
		for _, k := range stopKeys() {
			if v := spec.in.one(k.name); v != nil {
				f[k.name] = v
			}
		}
		spec.procs = append(spec.procs, &processSpec{name: MainProcess, at: v.at, f: f})
	}
	for _, s := range spec.in.settingsOfMappings("processes") {
		at, name := s.key.at, s.key.text
		if bad := badProcessName(name); bad != "" {
			p.Add(at, "", "process name %q %s", plain.Clip(name), bad)
			continue
		}
		f := p.fields(s.value, secProcess)
		if f["cmd"] == nil {
			if s.value.kind != yamlMapping || !mentions(s.value, "cmd") {
				p.Add(at, "write cmd: with the program to run", "process %q has no cmd", name)
			}
			continue
		}
		for _, k := range stopKeys() {
			if v := spec.in.one(k.name); v != nil && f[k.name] == nil {
				f[k.name] = v
			}
		}
		spec.procs = append(spec.procs, &processSpec{name, at, f, p.readySpec(inherited{f})})
	}
}

func (p *fileParser) readySpec(in inherited) readySpec {
	r := readySpec{delay: in.one("startup-delay"), waits: in.items("wait-for"), health: in.one("healthcheck")}
	r.test = p.fields(r.health, secHealthcheck)
	if v := r.health; v != nil && r.test["test"] == nil && (v.kind != yamlMapping || !mentions(v, "test")) {
		p.Add(v.at, "write test: with the program that says whether all is well", "a healthcheck without test")
	}
	return r
}

func badProcessName(name string) string {
	for i, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && (r >= '0' && r <= '9' || r == '-' || r == '_')) {
			return `has other characters than letters, digits, "-" and "_", or does not begin with a letter`
		}
	}
	switch {
	case name == MainProcess:
		return "is that of the node's cmd"
	case name == "" || len(name) > 32:
		return "does not have 1 to 32 bytes"
	}
	return ""
}

// processesOf returns the processes of a node, and what says when it is ready.
func (p *fileParser) processesOf(spec *nodeSpec, s scope) (all []Process, ready Ready) {
	for _, ps := range spec.procs {
		command, ok := p.readCommand("cmd", ps.f["cmd"], s)
		if !ok {
			continue
		}
		proc := Process{
			Name: ps.name, Command: command, Line: int(ps.at.Line),
			Env:         p.readEnv(inherited{ps.f}, s),
			StopSignal:  int(unix.SIGTERM),
			StopTimeout: ps.f.duration("stop-timeout", defaultStopTimeout),
			Ready:       p.readReady(&ps.readySpec, s, ps.name),
		}
		if v := ps.f["stop-signal"]; v != nil {
			proc.StopSignal = p.readSignal(v)
		}
		proc.Restart = p.readRestart(ps.f["restart-policy"])
		all = append(all, proc)
	}
	return all, p.readReady(&spec.ready, s, "")
}

// readReady returns what says when a node is ready, or a process of it. What
// patterns match is known once all nodes are: resolveWaits adds it.
func (p *fileParser) readReady(spec *readySpec, s scope, process string) Ready {
	r := Ready{StartupDelay: fields{"": spec.delay}.duration("", 0)}
	for _, v := range spec.waits {
		text, ok := p.expand(v, s)
		node, of, _ := strings.Cut(text, "/")
		w := WaitFor{node, of}
		if !ok || slices.Contains(r.WaitFor, w) {
			continue
		}
		if !w.isPattern() {
			r.WaitFor = append(r.WaitFor, w)
		}
		p.waits = append(p.waits, waitAt{w, v.at, WaitFor{s.node, process}})
	}
	r.Healthcheck = p.readHealthcheck(spec.test, s)
	return r
}

// readHealthcheck returns a healthcheck, or none.
func (p *fileParser) readHealthcheck(f fields, s scope) (none Healthcheck) {
	test := f["test"]
	if test == nil {
		return none
	}
	var command []string
	var ok bool
	switch words := test.items; {
	case test.kind == yamlScalar:
		command, ok = p.shellCommand("test", test, s)
	case len(words) == 1 && words[0].text == "NONE":
		return none
	case len(words) == 2 && words[0].text == "CMD-SHELL":
		command, ok = p.shellCommand("test", words[1], s)
	case len(words) > 1 && words[0].text == "CMD":
		rest := *test
		rest.items = words[1:]
		command, ok = p.readCommand("test", &rest, s)
	default:
		p.Add(test.at, "write [CMD, PROGRAM, ARGUMENT ...], [CMD-SHELL, TEXT] or [NONE], or a text for sh -c", "test is none of the forms of a test")
	}
	if !ok {
		return none
	}
	return Healthcheck{
		Test: command, Retries: int(f.integer("retries", defaultRetries)),
		Interval:    f.duration("interval", defaultInterval),
		Timeout:     f.duration("timeout", defaultTimeout),
		StartPeriod: f.duration("start-period", defaultStartPeriod),
	}
}

// readCommand returns the words of a command: those of a list, or those that a
// text has for a shell, which is not there to do more.
func (p *fileParser) readCommand(name string, v *yamlNode, s scope) ([]string, bool) {
	var words []string
	ok := true
	if v.kind == yamlScalar {
		var text string
		if text, ok = p.expand(v, s); !ok {
			return nil, false
		}
		text = strings.TrimSpace(text)
		var err error
		if words, err = iproute.Split(text); err == nil && strings.Contains(text, "\n") {
			err = errors.New("it has several lines")
		}
		if err != nil {
			p.Add(v.at, "a shell runs with [sh, -c, TEXT]", "%s %q: %v", name, plain.Clip(text), err)
			return nil, false
		}
	}
	for _, item := range v.items {
		words = append(words, p.expandShell(item, s))
	}
	return words, p.checkWords(name, v, words)
}

// shellCommand is the command of a text for sh -c.
func (p *fileParser) shellCommand(name string, v *yamlNode, s scope) ([]string, bool) {
	words := []string{"/bin/sh", "-c", p.expandShell(v, s)}
	if strings.TrimSpace(words[2]) == "" {
		p.Add(v.at, "", "%s is empty", name)
		return nil, false
	}
	return words, p.checkWords(name, v, words)
}

func (p *fileParser) checkWords(name string, v *yamlNode, words []string) bool {
	if len(words) == 0 || words[0] == "" {
		p.Add(v.at, "write the program and its arguments", "%s names no program", name)
		return false
	}
	if slices.ContainsFunc(words, func(w string) bool { return strings.ContainsRune(w, 0) }) {
		p.Add(v.at, "", "%s contains a NUL byte", name)
		return false
	}
	return true
}

// duration returns the time that a key has, or a default.
func (f fields) duration(name string, def time.Duration) time.Duration {
	v := f[name]
	if v == nil {
		return def
	}
	d, _ := time.ParseDuration(v.text) // check has accepted it
	return d
}

// readSignal returns the number of a signal by its name, with or without SIG,
// or by its number.
func (p *fileParser) readSignal(v *yamlNode) int {
	name := strings.ToUpper(v.text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if n := unix.SignalNum(name); n != 0 {
		return int(n)
	}
	var n int
	if _, err := fmt.Sscanf(v.text, "%d", &n); err == nil && fmt.Sprint(n) == v.text && n >= 1 && n <= 64 {
		return n
	}
	p.Add(v.at, "write a name such as SIGTERM, SIGINT or SIGQUIT, or a number from 1 to 64", "stop-signal %q is no signal", plain.Clip(v.text))
	return int(unix.SIGTERM)
}

// Process returns the node's process of a name, or nil.
func (pr *Programs) Process(name string) *Process {
	if i := slices.IndexFunc(pr.Processes, func(p Process) bool { return p.Name == name }); i >= 0 {
		return &pr.Processes[i]
	}
	return nil
}

// IsSet reports whether there is a healthcheck.
func (h *Healthcheck) IsSet() bool { return len(h.Test) > 0 }

func (s *summer) process(p *Process) {
	s.text(p.Name)
	s.texts(p.Command)
	s.texts(p.Env)
	s.number(p.StopSignal)
	s.number(int(p.StopTimeout))
	s.number(int(p.Restart.When))
	s.number(p.Restart.Max)
	s.ready(&p.Ready)
	s.flag(p.OfKind)
	s.number(p.Line)
}

func (s *summer) ready(r *Ready) {
	s.number(int(r.StartupDelay))
	s.number(len(r.WaitFor))
	for _, w := range r.WaitFor {
		s.text(w.Node)
		s.text(w.Process)
	}
	h := &r.Healthcheck
	s.texts(h.Test)
	s.number(int(h.Interval))
	s.number(int(h.Timeout))
	s.number(h.Retries)
	s.number(int(h.StartPeriod))
}

// nearWait suggests what may have been meant by something to wait for.
func (p *fileParser) nearWait(w WaitFor, n *Node) string {
	if n == nil {
		return p.nodeHint(w.Node)
	}
	names := make(map[string]bool)
	for i := range n.Processes {
		names[n.Processes[i].Name] = true
	}
	return didYouMean(w.Process, maps.Keys(names))
}
