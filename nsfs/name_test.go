package nsfs_test

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

var names = []struct {
	name string
	ok   bool
}{
	{"a", true}, {"net0", true}, {"lab-host.1", true}, {"...", true}, {"..a", true}, {"ü", true}, {"網", true},
	{"a:b@c", true}, {"a'b\"c$`", true}, {strings.Repeat("a", 255), true},
	{"", false}, {".", false}, {"..", false}, {"a/b", false}, {"/", false}, {"/etc/passwd", false}, {"../x", false},
	{strings.Repeat("a", 256), false}, {strings.Repeat("é", 128), false},
	{"-a", false}, {"-", false}, {"--all", false},
	{" ", false}, {"a b", false}, {"a\tb", false}, {"a\nb", false}, {"a\u00a0b", false}, {"a\u2028b", false},
	{"a\x00b", false}, {"a\x1b[31mb", false}, {"a\x7f", false}, {"a\u0085", false},
	{"a\xff", false}, {"\xc3", false}, {"a\u202eb", false}, {"a\u200bb", false},
}

func TestCheckName(t *testing.T) {
	for _, tt := range names {
		err := nsfs.CheckName(tt.name)
		if (err == nil) != tt.ok {
			t.Errorf("CheckName(%q) = %v, want an error: %v", tt.name, err, !tt.ok)
		}
		if err == nil {
			continue
		}
		var nameErr *nsfs.NameError
		if !errors.Is(err, fs.ErrInvalid) || !errors.As(err, &nameErr) || nameErr.Name != tt.name {
			t.Errorf("%q: %#v is no NameError for it that matches fs.ErrInvalid", tt.name, err)
		}
		if s := err.Error(); strings.ContainsFunc(s, unicode.IsControl) || !utf8.ValidString(s) || len(s) > 300 {
			t.Errorf("%q: the message is not fit to print: %q", tt.name, s)
		}
	}
}

// TestCheckNameAgainstIP compares CheckName with ip-netns(8): CheckName must
// refuse what ip refuses, and ip must accept what CheckName accepts.
func TestCheckNameAgainstIP(t *testing.T) {
	testenv.NeedTool(t, "ip")
	freshRun(t)
	for _, tt := range names {
		if strings.Contains(tt.name, "\x00") {
			continue // not an argument of any program
		}
		out, err := exec.Command("ip", "netns", "add", tt.name).CombinedOutput()
		if err != nil && tt.ok {
			t.Errorf("ip refuses %q, CheckName does not: %s", tt.name, out)
		}
		if refused := strings.Contains(string(out), "Invalid netns name"); refused && nsfs.CheckName(tt.name) == nil {
			t.Errorf("ip calls %q invalid, CheckName does not", tt.name)
		}
	}
}

func FuzzCheckName(f *testing.F) {
	for _, tt := range names {
		f.Add(tt.name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		quoted := nsfs.QuoteName(name)
		if strings.ContainsFunc(quoted, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) && r != ' ' }) {
			t.Errorf("QuoteName(%q) = %q is not fit to print", name, quoted)
		}
		if nsfs.CheckName(name) != nil {
			return
		}
		if quoted != name {
			t.Errorf("QuoteName(%q) = %q", name, quoted)
		}
		if len(name) == 0 || len(name) > nsfs.MaxName || filepath.Base(name) != name || filepath.Join("/d", name) != "/d/"+name {
			t.Errorf("%q is accepted and is not one path element", name)
		}
		if name[0] == '-' || strings.ContainsFunc(name, unicode.IsSpace) || !utf8.ValidString(name) {
			t.Errorf("%q is accepted", name)
		}
	})
}
