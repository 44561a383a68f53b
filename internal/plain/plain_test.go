package plain

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/testenv"
)

func TestText(t *testing.T) {
	for _, tt := range []struct{ in, text, lines string }{
		{"", "", ""},
		{"eth0 größe 世界 \\n", "eth0 größe 世界 \\n", "eth0 größe 世界 \\n"},
		{"a\x1b[2Jb", `a\x1b[2Jb`, `a\x1b[2Jb`},
		{"a\n\tb\r\x00", `a\x0a\x09b\x0d\x00`, "a\n\tb" + `\x0d\x00`},
		{"\x7f\u009b31m\u202e", `\x7f\xc2\x9b31m\xe2\x80\xae`, `\x7f\xc2\x9b31m\xe2\x80\xae`},
		{"\xff\xc3", `\xff\xc3`, `\xff\xc3`},
		{"\ufffd", "\ufffd", "\ufffd"},
		{"no\u00a0break", `no\xc2\xa0break`, `no\xc2\xa0break`},
	} {
		if got := Text(tt.in); got != tt.text {
			t.Errorf("Text(%q) is %q, want %q", tt.in, got, tt.text)
		}
		if got := Lines(tt.in); got != tt.lines {
			t.Errorf("Lines(%q) is %q, want %q", tt.in, got, tt.lines)
		}
	}
}

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "eth0": "eth0", "größe": "größe", "a b": `"a b"`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`,
		"a\x1b[2J": `"a\x1b[2J"`, "\xff": `"\xff"`, "a\u202eb": `"a\u202eb"`, "a\u00a0b": `"a\u00a0b"`,
	} {
		if got := Name(in); got != want {
			t.Errorf("Name(%q) is %s, want %s", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	sixty := strings.Repeat("ö", 60)
	for text, want := range map[string]string{
		"": "", sixty: sixty, sixty + "x": strings.Repeat("ö", 57) + "...", strings.Repeat("世", 300): strings.Repeat("世", 57) + "...",
	} {
		if got := Clip(text); got != want {
			t.Errorf("Clip(%q) is %q", text, got)
		}
	}
}

func TestColumns(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "größe 世界": "größe 世界", "a\tb\x1b[2J\u202ec": "a b [2J c", "\xff\xc3x\ufffd": "  x ", "a\u00a0b\n": "a b ",
	} {
		if got := Columns(in); got != want {
			t.Errorf("Columns(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	want := "a\u009b\u007f\u001b é\ufffd 世\u202e\u200b\u2028\ufeff\U000e0041\U0001f600"
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := JSON(b)
	var back string
	if err := json.Unmarshal(got, &back); err != nil || back != want || Text(string(got)) != string(got) {
		t.Errorf("%s: %q, %v", got, back, err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[2J\n\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{Text(s), Lines(s)} {
			if !utf8.ValidString(got) {
				t.Errorf("%q is not UTF-8", got)
			}
		}
		for _, r := range Text(s) {
			if !unicode.IsPrint(r) {
				t.Errorf("%q is in %q", r, Text(s))
			}
		}
		if again := Text(Text(s)); again != Text(s) {
			t.Errorf("%q becomes %q", Text(s), again)
		}
	})
}

// bash reads back what ShellWord quoted.
func TestShellWord(t *testing.T) {
	testenv.NeedTool(t, "bash")
	for _, word := range []string{
		"", "/run/netns/seed-net0", "a b", "it's", "x; echo pwned > \x1b[31m", "$(id)`id`$HOME!", "\\", "'\x01'", "größe", "\xff0\x07", "~", "#", "-n", "a\nb", "\u009b1",
	} {
		q := ShellWord(word)
		if Text(q) != q {
			t.Errorf("%q is quoted as %q", word, q)
		}
		if got := testenv.Run(t, "bash", "-c", "printf %s. "+q); got != word+"." {
			t.Errorf("%q is read as %q by way of %s", word, got, q)
		}
	}
	if got := ShellWord("/run/netns/seed-net0"); got != "/run/netns/seed-net0" {
		t.Errorf("got %s", got)
	}
}
