package plan

import (
	"slices"
	"strings"
	"testing"
)

// Steps are written as OBJECT:NODE, or OBJECT:NODE+PEER; "ns" makes a
// namespace, "-addr" deletes an address, "-route" needs addresses to be undone;
// what follows "|" is last.
func TestSort(t *testing.T) {
	for _, test := range []struct{ name, planned, want string }{
		{"what a namespace is needed for comes before the next",
			"ns:a ns:b ns:c link:a+b link:b+c lo:a lo:c",
			"ns:a ns:b link:a+b lo:a ns:c link:b+c lo:c"},
		{"what is about no new namespace comes first",
			"ns:a link:a+old lo:old addr:old lo:a",
			"ns:a link:a+old lo:old addr:old lo:a"},
		{"an old node that waits for none",
			"ns:a lo:a lo:old",
			"lo:old ns:a lo:a"},
		{"steps with a node in common stay in order",
			"ns:a ns:b addr:a link:a+b route:a",
			"ns:a addr:a ns:b link:a+b route:a"},
		{"what needs addresses to be undone",
			"lo:x -addr:x addr:x -addr:x -route:y -route:x route:x -route:x",
			"lo:x -route:x -route:x -addr:x addr:x -addr:x -route:y route:x"},
		{"where no address goes",
			"addr:x -route:x", "addr:x -route:x"},
		{"what is last stays there",
			"ns:a ns:b lo:a | -addr:c -route:c lo:old lo:a",
			"ns:a lo:a ns:b -addr:c -route:c lo:old lo:a"},
	} {
		l := new(stepList)
		for _, word := range strings.Fields(test.planned) {
			if word == "|" {
				l.last = true
				continue
			}
			object, node, _ := strings.Cut(word, ":")
			s := Step{Object: object, Name: word}
			s.Node, s.peer, _ = strings.Cut(node, "+")
			switch object {
			case "ns":
				s.Object = "namespace"
			case "-addr":
				s.Verb, s.Object = Delete, "address"
			case "-route":
				s.Verb, s.Object, s.needsAddresses = Delete, "route", true
			}
			l.add(s)
		}
		var got []string
		for _, s := range l.sorted() {
			got = append(got, s.Name)
		}
		if want := strings.Fields(test.want); !slices.Equal(got, want) {
			t.Errorf("%s:\n %s\nsorted is\n %s\nwant\n %s", test.name, test.planned, strings.Join(got, " "), test.want)
		}
	}
}
