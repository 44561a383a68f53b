package iproute

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// A shell splits whatever Split accepts in the same way.
func TestSplitAsShell(t *testing.T) {
	testenv.NeedTool(t, "sh")
	for _, line := range []string{
		"", "   ", "ip link add veth0 type veth", "\tip  link\tshow ", "a 'b c' d", `a "b c" d`, `a"b"'c'd`, `''`, `"" ''`,
		`a\ b`, `\a`, `"a\"b"`, `"a\\b"`, `"a\b"`, `'a\b'`, "# comment", "a # comment", "a#b", "a '#' b", "a\\\nb", "a \\\n b",
		"'a\nb'", "\"a\nb\"", "\"a\\\nb\"", `"a\$b"`, "'$x `y`'", `\$x`, "a=b", "a:b,c/d%e+f@g", `"it's"`, "10.0.1.1/24",
	} {
		got, err := Split(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		out, err := exec.Command("sh", "-c", "f() { for w in \"$@\"; do printf '%s\\0' \"$w\"; done; }; f "+line+"\n").Output()
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var want []string
		if len(out) > 0 {
			want = strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, sh has %q", line, got, want)
		}
	}
}

func TestSplitErrors(t *testing.T) {
	for line, want := range map[string]string{
		"ip link add $x type veth": `column 13: '$' is special in a shell but not supported here; quote it to use the character itself`,
		"a | b":                    `column 3: '|' is special in a shell but not supported here; quote it to use the character itself`,
		"a; b":                     `column 2: ';' is special in a shell but not supported here; quote it to use the character itself`,
		"a `b`":                    "column 3: '`' is special in a shell but not supported here; quote it to use the character itself",
		`a "$b"`:                   `column 4: '$' is not expanded here; use single quotes to use the character itself`,
		"a > b":                    `column 3: '>' is special in a shell but not supported here; quote it to use the character itself`,
		"ls *":                     `column 4: '*' is special in a shell but not supported here; quote it to use the character itself`,
		"a 'b":                     `column 3: a ' that opens here is never closed`,
		`a "b`:                     `column 3: a " that opens here is never closed`,
		"a\n b 'c\nd":              `column 4: a ' that opens here is never closed`,
		"a 'b' \"c\\":              `column 7: a " that opens here is never closed`,
		"a \\":                     `column 3: the file ends where a line should continue`,
		"a\x00b":                   `column 2: control character 0x00`,
		"a\x1b[1m":                 `column 2: control character 0x1b`,
	} {
		w, err := Split(line)
		var se *SplitError
		if !errors.As(err, &se) || err.Error() != want {
			t.Errorf("%q: got %q, %v, want %s", line, w, err, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"ip link add veth0 type veth", `a "b c" 'd' \e # f`, "a\\\nb", "'", `"\`, "a\r", "$x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil {
			if words != nil {
				t.Errorf("%q: words %q with error %v", line, words, err)
			}
			return
		}
		// Words that were split and quoted are split again to the same words.
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, Quote(w))
		}
		again, err := Split(strings.Join(quoted, " "))
		if err != nil || !slices.Equal(words, again) {
			t.Errorf("%q: %q, then %q, %v", line, words, again, err)
		}
	})
}

func TestBatchSplitter(t *testing.T) {
	for _, tt := range []struct{ lines, want string }{
		{"link show", "link|show"},
		{"  link\tshow\r", "link|show"},
		{"link show # all of them", "link|show"},
		{"link show a#b", "link|show|a"},
		{"'a b' \"c d\"e'f", "a b|c d|e'f"},
		{"alias 'it is #1'", "a ' that opens here is never closed"},
		{"''", ""},
		{"alias ''  x", "alias||x"},
		{"alias a\\ b $HOME * ~ ;", `alias|a\|b|$HOME|*|~|;`},
		{"link set \\\nd0 up", "link|set|d0|up"},
		{"link set d\\\n0 up", "link|set|d0|up"},
		{"link set # \\", "link|set"},
		{"", ""},
		{"   ", ""},
	} {
		var s batchSplitter
		for line := range strings.SplitSeq(tt.lines, "\n") {
			if _, err := s.line(line); err != nil {
				t.Fatal(err)
			}
		}
		words, err := s.take()
		got := strings.Join(words, "|")
		if err != nil {
			got = err.(*SplitError).Reason
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.lines, got, tt.want)
		}
	}
}
