package iproute

import (
	"slices"
	"strings"
)

// A Next says what may stand behind the words of an unfinished command line, for
// the completion of a shell.
type Next struct {
	// Words are objects of the program, or verbs of an object.
	Words []string
	// Links and Namespaces say that the name of one is expected.
	Links, Namespaces bool
	// NetNS is the namespace that the command line is about, "" for the caller's.
	NetNS string
}

// linkWords are those behind which a link's name stands. The first word of some
// commands is a link as well, or one of these.
var linkWords = []string{"dev", "master", "link", "brport", "br", "oif", "iif", "vrf"}

// Complete says what the word behind some words of a program may be. What it does
// not know it leaves open: neither names nor words.
func Complete(program string, args []string) Next {
	if program == "brctl" {
		if len(args) > 0 {
			return Next{Links: true}
		}
		var next Next
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
		next.Words = p.objectNames()
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
	case slices.Contains(linkWords, last), obj.name == "link" && len(rest) == 2 && last != "add":
		next.Links = true
	}
	return next
}

// isNetNSOption reports whether a word is -netns in any abbreviation.
func isNetNSOption(word string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
	return name != word && name != "" && strings.HasPrefix("netns", name)
}
