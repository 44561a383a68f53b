package clab

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// process reads the program that a node runs, and command lines.
func (r *reader) process(n *node) {
	entrypoint, cmd := n.one("entrypoint"), n.one("cmd")
	words := append(r.words("entrypoint", entrypoint), r.words("cmd", cmd)...)
	at := n.key.At
	for _, v := range []*topology.Value{entrypoint, cmd} {
		if v != nil {
			at = v.At
		}
	}
	switch {
	case len(words) == 0:
	case idles(words):
		r.note("cmd %s is left out: it keeps a container running, and a node needs none", plain.Clip(strings.Join(words, " ")))
	default:
		n.out.Set("cmd", r.command(at, words))
	}
	if v := n.one("restart-policy"); v != nil && v.Kind == topology.Scalar {
		n.out.Set("restart-policy", text(v.At, v.Text))
	}
	if v := n.one("privileged"); v != nil && v.Text != "true" {
		r.warn(v.At, "", "privileged: false has no meaning here: programs have the rights of who runs nslab")
	}
	if v := n.one("startup-config"); v != nil {
		if n.kind != "router" && n.out.Get("startup-config") == nil {
			n.out.Set("startup-config", text(v.At, r.magic(v.Text)))
		} else {
			r.warn(v.At, "", "startup-config has no meaning in a node of kind linux")
		}
	}
	if v := n.one("type"); v != nil {
		r.warn(v.At, "", "type has no meaning in a node of kind linux")
	}
	lines := &topology.Value{Kind: topology.List, At: n.key.At}
	before, after := r.stages(n)
	lines.Items = append(lines.Items, before...)
	seen := make(map[string]bool)
	for _, v := range n.items("exec") {
		if seen[v.Text] {
			continue // as containerlab has it
		}
		seen[v.Text] = true
		lines.Items = append(lines.Items, r.line(v)...)
	}
	if lines.Items = append(lines.Items, after...); len(lines.Items) > 0 {
		n.out.Set("exec", lines)
	}
}

// words splits a command into words.
func (r *reader) words(name string, v *topology.Value) []string {
	if v == nil || v.Kind != topology.Scalar {
		return nil
	}
	words, err := split(v.Text)
	if err != nil {
		r.Add(v.At, "", "%s %q: %v", name, plain.Clip(v.Text), err)
	}
	return words
}

// command is a list of words for cmd or a test.
func (r *reader) command(at topology.Pos, words []string) *topology.Value {
	words = slices.Clone(words)
	if len(words) > 0 && path.Base(words[0]) == "ash" { // busybox
		words[0] = "sh"
	}
	for i := range words {
		words[i] = r.magic(words[i])
	}
	return texts(at, words...)
}

// installs finds the commands of package managers.
var (
	manages  = regexp.MustCompile(`^(apk|apt|apt-get|yum|dnf|microdnf|pacman|zypper)$`)
	installs = regexp.MustCompile(`\b(apk +(add|update|upgrade)|(apt|apt-get) +(-\S+ +)*(install|update|upgrade)|(yum|dnf|microdnf|zypper) +(-\S+ +)*(install|update|upgrade)|pacman +-S|pip3? +install)\b`)
)

// line reads a command line, which no shell runs, as one for a shell. It
// returns none for a line that is left out.
func (r *reader) line(v *topology.Value) []*topology.Value {
	words, err := split(v.Text)
	switch {
	case err != nil:
		r.Add(v.At, "", "exec %q: %v", plain.Clip(v.Text), err)
		return nil
	case len(words) == 0:
		r.Add(v.At, "take it out", "exec %q has no command", plain.Clip(v.Text))
		return nil
	}
	switch all := strings.Join(words, " "); {
	case manages.MatchString(path.Base(words[0])):
		r.warn(v.At, "", "exec %q is left out: it would install packages on the machine; install them there", plain.Clip(all))
		return nil
	case installs.MatchString(all):
		r.Add(v.At, "install them there, and take the command out of the line", "exec %q would install packages on the machine", plain.Clip(all))
		return nil
	}
	if path.Base(words[0]) == "ash" {
		words[0] = "sh"
	}
	return []*topology.Value{text(v.At, r.magic(shellLine(words)))}
}

// idles reports whether a command does nothing but run.
func idles(words []string) bool {
	program := path.Base(words[0])
	rest := words[1:]
	switch program {
	case "sleep":
		return len(rest) == 1
	case "tail":
		return slices.Equal(rest, []string{"-f", "/dev/null"})
	case "sh", "ash", "bash":
		if len(rest) == 2 && rest[0] == "-c" {
			inner, err := split(rest[1])
			return err == nil && len(inner) > 0 && !strings.ContainsAny(rest[1], ";&|><$`(") && idles(inner)
		}
		return len(rest) == 0 || len(rest) == 1 && (rest[0] == "-i" || rest[0] == "-l")
	}
	return false
}

var healthSection = section{"healthcheck", map[string]string{"test": "", "start-period": "", "interval": "", "timeout": "", "retries": ""}}

// ready reads when a node is started, and when it is ready.
func (r *reader) ready(n *node) {
	if delay := r.seconds("startup-delay", n.one("startup-delay")); delay != "" {
		n.out.Set("startup-delay", text(n.one("startup-delay").At, delay))
	}
	v := n.one("healthcheck")
	if !r.check(v, &healthSection) {
		return
	}
	out := mapping(v.At)
	test := v.Get("test")
	const write = "write test: [CMD-SHELL, TEXT] or [CMD, PROGRAM, ARGUMENT ...]"
	switch {
	case test == nil || test.Kind == topology.Null:
		r.Add(v.At, write, "a healthcheck without test")
		return
	case !r.entries("test", test, topology.List):
		return
	case len(test.Items) == 0:
		r.Add(test.At, write, "test is empty")
		return
	}
	var words []string
	for _, item := range test.Items[1:] {
		words = append(words, item.Text)
	}
	switch test.Items[0].Text {
	case "CMD-SHELL":
		out.Set("test", texts(test.At, "CMD-SHELL", r.magic(strings.Join(words, " "))))
	case "CMD":
		list := r.command(test.At, words)
		list.Items = append([]*topology.Value{text(test.At, "CMD")}, list.Items...)
		out.Set("test", list)
	default:
		r.Add(test.Items[0].At, "write CMD-SHELL or CMD", "test begins with %q", plain.Clip(test.Items[0].Text))
		return
	}
	if len(words) == 0 {
		r.Add(test.At, write, "test has no program")
		return
	}
	for _, name := range []string{"start-period", "interval", "timeout"} {
		if s := r.seconds(name, v.Get(name)); s != "" {
			out.Set(name, text(v.Get(name).At, s))
		}
	}
	if v := v.Get("retries"); v != nil && v.Text != "0" {
		out.Set("retries", text(v.At, v.Text))
	}
	n.out.Set("healthcheck", out)
}
