package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/nlspec"
)

const headersDir = "/usr/include/linux"

func TestReadHeader(t *testing.T) {
	h := &headers{numbers: map[string]uint64{}}
	h.read("x.h", `
#ifndef _X_H
#define _X_H 1 /* what it is */
#define X_SHIFT		8
#define X_BIT(n)	(1 << ((n) - 1))
#define X_MAKE(a, b)	(((a) & 0xff) << X_SHIFT | (b))
#define X_FIRST		X_BIT(1)
#define X_THIRD		X_BIT(X_THREE)
#define X_MADE		X_MAKE(2, 3)
#define X_LONG		_BITULL(40)
#define X_CAST		((__u32)-1)
#define X_INVERSE	(~0x0fU & 0xff)
#define X_OCTAL		017
#define X_TEXT		"text"
#define X_MAX		(__X_MAX - 1)
// A comment, with a comma.
enum {
	X_UNSPEC,
	X_ONE,		/* u32, first */
#define X_ONE X_ONE
	X_THREE = 3,
	X_AGAIN = X_ONE,
	X_NEXT,
	X_MACRO = X_MAKE(1, 1),
	__X_MAX
};
enum x_kind { XK_A_B = 1, XK_A_C };
struct x { enum x_kind k; };
#endif
`)
	for name, want := range map[string]uint64{
		"X_SHIFT": 8, "X_FIRST": 1, "X_THIRD": 4, "X_MADE": 0x203, "X_LONG": 1 << 40, "X_CAST": ^uint64(0), "X_INVERSE": 0xf0,
		"X_OCTAL": 15, "X_UNSPEC": 0, "X_ONE": 1, "X_THREE": 3, "X_AGAIN": 1, "X_NEXT": 2, "X_MACRO": 0x101, "__X_MAX": 0x102,
		"X_MAX": 0x101, "XK_A_B": 1, "XK_A_C": 2,
	} {
		if got, ok := h.numbers[name]; !ok || got != want {
			t.Errorf("%s = %#x (%v), want %#x", name, got, ok, want)
		}
	}
	if _, ok := h.numbers["X_TEXT"]; ok {
		t.Error("X_TEXT is a number")
	}
	var labels []string
	for _, f := range h.families {
		labels = append(labels, f.label)
	}
	if want := []string{"X_*", "XK_A_*", "#define"}; !slices.Equal(labels, want) {
		t.Errorf("families %q, want %q", labels, want)
	}
}

// TestCompare checks that a comparison finds names that the tables lack, and
// other numbers.
func TestCompare(t *testing.T) {
	tables := map[string][]nlspec.Entry{
		"A_ONE": {{Of: nlspec.AttrEntry, Name: "A_ONE", Number: 1}},
		"A_TWO": {{Of: nlspec.AttrEntry, Name: "A_TWO", Number: 2}, {Of: nlspec.ValueEntry, Name: "A_TWO", Number: 7}},
		"A_BIT": {{Of: nlspec.ValueEntry, Name: "A_BIT", Number: 3, Mask: 8}},
	}
	lacking, err := readReasons("list", "# a comment\n\nA_OLD  was taken away\n")
	if err != nil {
		t.Fatal(err)
	}
	f := family{header: "a.h", label: "A_*", consts: []constDef{
		{"A_UNSPEC", 0}, {"A_ONE", 1}, {"A_TWO", 2}, {"A_OLD", 3}, {"A_NEW", 4}, {"A_X_MAX", 5}, {"A_BIT", 8}, {"__A_MAX", 9}, {"A_MAX", 8},
	}}
	l := compareFamily(f, tables, lacking)
	if l.have != 2 || l.all != 5 || !slices.Equal(l.lacking, []string{"A_NEW = 4", "A_X_MAX = 5"}) ||
		!slices.Equal(l.different, []string{"A_TWO = 2, not 7"}) || !slices.Equal(l.excused, []string{"A_OLD"}) {
		t.Errorf("%+v", l)
	}
	if isOpaque(tables["A_TWO"]) || !isOpaque(tables["A_ONE"]) {
		t.Error("A_TWO names a value, A_ONE nothing but an attribute")
	}
	if r := (&report{lines: []line{l}}); r.ok() {
		t.Error("the comparison holds")
	}
	for _, bad := range []string{"A_ONE", "A_[ why"} {
		if _, err := readReasons("list", bad); err == nil || !strings.Contains(err.Error(), "list:1:") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestTablesCoverTheHeaders compares nlspec's tables with the kernel's headers,
// as the command does.
func TestTablesCoverTheHeaders(t *testing.T) {
	if _, err := os.Stat(headersDir + "/rtnetlink.h"); err != nil {
		const reason = "needs the kernel's headers (package linux-libc-dev)"
		if os.Getenv("NSLAB_TEST_REQUIRE_TOOLS") == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	h, err := readHeaders(headersDir)
	if err != nil {
		t.Fatal(err)
	}
	if h.version != listedFor {
		t.Skipf("the headers are of Linux %s, the lists for %s", h.version, listedFor)
	}
	r, err := compare(h)
	if err != nil {
		t.Fatal(err)
	}
	have := 0
	for _, l := range r.lines {
		have += l.have
		for _, s := range slices.Concat(l.different, l.lacking) {
			t.Errorf("%s %s: %s", l.header, l.label, s)
		}
	}
	for _, s := range r.twice {
		t.Errorf("two numbers in the tables: %s", s)
	}
	for _, s := range r.opaque {
		t.Errorf("%s is known by name alone; say how it is read, or why not in opaque.txt", s)
	}
	for _, s := range r.unknown {
		t.Errorf("%s is in no header; if a newer kernel has it, put it into newer.txt", s)
	}
	for _, s := range r.unused {
		t.Errorf("nothing needs %s in lacking.txt, newer.txt or opaque.txt", s)
	}
	if have < 2900 {
		t.Errorf("only %d names were compared", have)
	}
}
