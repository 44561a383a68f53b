package iproute

import (
	"slices"
	"strings"
)

// A Next says what may follow the words of an unfinished command line, for
// completion in a shell.
type Next struct {
	// Words are objects of the program, or commands of an object.
	Words []string
	// Options are the options of the program, if an option may follow.
	Options []string
	// Links and Namespaces say that a name of one is expected.
	Links, Namespaces bool
	// NetNS is the namespace that the command works in, "" for the caller's.
	NetNS string
}

// beforeLink are the words that a link's name follows. Some commands take a
// link, or one of these words, as their first word.
var beforeLink = []string{"dev", "master", "link", "brport", "br", "oif", "iif", "vrf"}

// Complete returns what the next word of a program's command line may be. If
// that is unknown, it returns neither names nor words.
func Complete(program string, args []string) Next {
	if program == "brctl" {
		if len(args) > 0 {
			return Next{Links: true}
		}
		next := Next{Options: []string{"--help", "--version"}}
		for _, v := range brctlCommands() {
			next.Words = append(next.Words, v.name)
		}
		return next
	}
	p := programs(program)
	if p == nil {
		return Next{}
	}
	if n := len(args); n > 0 && isNetNSOption(args[n-1]) {
		return Next{Namespaces: true}
	}
	var o Options
	w := &words{all: args}
	o.parse(w, p.options, nil)
	next := Next{NetNS: o.NetNS}
	if w.err != nil {
		return next
	}
	rest := w.rest()
	if len(rest) == 0 {
		next.Words, next.Options = p.objectNames(), optionNames(p.options)
		return next
	}
	obj := p.object(rest[0])
	if obj == nil {
		return next
	}
	last := rest[len(rest)-1]
	switch {
	case len(rest) == 1:
		next.Words = append(obj.verbNames(), "help")
	case obj.name == "netns":
		next.Namespaces = len(rest) == 2 && last != "add" && last != "list" && last != "monitor"
	case last == "netns":
		next.Namespaces = true
	case slices.Contains(beforeLink, last), obj.name == "link" && len(rest) == 2 && last != "add":
		next.Links = true
	}
	return next
}

// optionNames returns the options of a program with their "-".
func optionNames(options []option) []string {
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = "-" + o.name
	}
	return names
}

// isNetNSOption reports whether a word is -netns or an abbreviation of it.
func isNetNSOption(word string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
	return name != word && name != "" && strings.HasPrefix("netns", name)
}
