package clab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nslab/nslab/topology"
)

func TestExpand(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"$SET-$SET_", "x-$SET_"},
		{"${SET}${NOT}$NOT", "x$NOT$NOT"},
		{"${EMPTY} ${EMPTY:-d} ${EMPTY-d} ${EMPTY:=d}", "$EMPTY d  d"},
		{"<$EMPTY ${EMPTY-d}> <${EMPTY=d}> <${EMPTY-}> <${NOT-}> <${EMPTY+d}>", "<$EMPTY > <> <> <> <d>"},
		{"${NOT:-d} ${NOT-d} ${NOT:=d} ${NOT=d} ${NOT:-}", "d d d d "},
		{"${SET:-d} ${SET-d} ${SET:+d} ${SET+d} ${NOT+d}", "x x d d "},
		{"${NOT:-$OTHER} ${NOT:-a$OTHER} ${NOT:-$NONE}", "other a$OTHER $NONE"},
		{"$$SET $${SET} $1 ${1} $ $- $_ 5$", "$SET ${SET} $1 ${1} $ $- $_ 5$"},
		{"${NOT:-a: [b, c]}", "a: [b, c]"},
	} {
		if got, _ := expand(c.in, environment, new(topology.Mistakes)); got != c.want {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}

// Places are those in the text as it was written.
func TestExpandPlaces(t *testing.T) {
	const in = "a: ${USERS} b\nc: ${LINES} d ${SET}e\nf: g\n"
	out, place := expand(in, environment, new(topology.Mistakes))
	if want := "a: /home b\nc: a\n  b d xe\nf: g\n"; out != want {
		t.Fatalf("%q, want %q", out, want)
	}
	for _, word := range []string{" b\nc", "c: ", " d ", "e\nf", "f: ", "g\n"} {
		got := place(placeOf(out, strings.Index(out, word)))
		if want := placeOf(in, strings.Index(in, word)); got != want {
			t.Errorf("%q is at %v, want %v", word, got, want)
		}
	}
	if got, want := place(placeOf(out, strings.Index(out, "home"))), placeOf(in, strings.Index(in, "${USERS}")); got.Line != want.Line {
		t.Errorf("a value is at %v, want %v", got, want)
	}
}

func placeOf(text string, i int) topology.Pos {
	return after(topology.Pos{Line: 1, Column: 1}, text[:i])
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`ip link set eth1 up`, `["ip" "link" "set" "eth1" "up"]`},
		{`bash -c 'echo "foobar" > /root/key'`, `["bash" "-c" "echo \"foobar\" > /root/key"]`},
		{`echo "a\"b" a\ b '' x"y"'z'`, `["echo" "a\"b" "a b" "" "xyz"]`},
		{`echo '\n' a#b # c`, `["echo" "\\n" "a#b"]`},
		{"sh -c '\n ip a &&\n ip l'\n", `["sh" "-c" "\n ip a &&\n ip l"]`},
		{`echo $HOME *`, `["echo" "$HOME" "*"]`},
		{``, `[]`},
	} {
		words, err := split(c.in)
		if got := fmt.Sprintf("%q", words); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{`a\`, `a "b`, `'`} {
		if words, err := split(in); err == nil {
			t.Errorf("%s: %q", in, words)
		}
	}
}
