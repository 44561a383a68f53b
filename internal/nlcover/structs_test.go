package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nslab/nslab/nlspec"
)

// structsText lists structures, and fields as STRUCT.FIELD, that are not
// compared with the headers, and why.
//
//go:embed structs.txt
var structsText string

// cFile is a C file that compares structures of the tables with those of the
// headers, with the subject of each of its lines.
type cFile struct {
	strings.Builder
	line  int
	about map[int]string
}

func (f *cFile) add(about, format string, args ...any) {
	fmt.Fprintf(f, format+"\n", args...)
	f.line++
	f.about[f.line] = about
}

// structBody returns the text of a structure in the headers, or "".
func structBody(texts map[string]string, name string) (header, body string) {
	define := regexp.MustCompile(`(?s)\bstruct\s+` + name + `\s*\{(.*?)\n\s*\}`)
	for _, file := range headerFiles {
		if m := define.FindStringSubmatch(texts[file]); m != nil {
			return file, m[1]
		}
	}
	return "", ""
}

// TestStructsAreTheHeaders lets the C compiler compare the size of each
// structure, and the offset, size and sign of each field, with the headers. It
// also compares which fields are in network byte order.
func TestStructsAreTheHeaders(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if _, e := os.Stat(headersDir + "/rtnetlink.h"); err != nil || e != nil {
		const reason = "needs a C compiler and the kernel's headers (packages gcc, linux-libc-dev)"
		if os.Getenv("NSLAB_TEST_REQUIRE_TOOLS") == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	excused, err := readReasons("structs.txt", structsText)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	f := &cFile{about: map[int]string{}}
	f.add("", "#include <stddef.h>")
	f.add("", "#include <sys/socket.h>")
	for _, name := range headerFiles {
		text, err := os.ReadFile(filepath.Join(headersDir, name))
		if err == nil {
			texts[name] = comment.ReplaceAllString(string(text), " ")
			f.add(name, "#include <linux/%s>", name)
		}
	}
	checked := 0
	for e := range nlspec.Entries() {
		if e.Of != nlspec.StructEntry || find(excused, e.Name) != nil {
			continue
		}
		header, body := structBody(texts, e.Name)
		if header == "" {
			t.Errorf("struct %s is in no header", e.Name)
			continue
		}
		checked++
		off, open := 0, false
		for i := range e.Struct.Fields {
			field := &e.Struct.Fields[i]
			c := e.Struct.Prefix + field.Name
			id := e.Name + "." + c
			if field.Name != "" && find(excused, id) == nil {
				f.add(id+" is at another offset", "_Static_assert(offsetof(struct %s, %s) == %d, \"\");", e.Name, c, off)
				if n := field.Size(); n > 0 {
					f.add(id+" has another size", "_Static_assert(sizeof(((struct %s *)0)->%s) == %d, \"\");", e.Name, c, n)
				}
				if field.Kind.Integer() && !strings.Contains(c, "[") {
					op := ">"
					if field.Kind.Signed() {
						op = "<"
					}
					f.add(id+" has another sign", "_Static_assert((__typeof__(((struct %s *)0)->%s))-1 %s 0, \"\");", e.Name, c, op)
					big := regexp.MustCompile(`__be(16|32|64)\s+(\w+,\s*)*` + regexp.QuoteMeta(c) + `\b`).MatchString(body)
					if big != (field.Kind >= nlspec.BE16 && field.Kind <= nlspec.MPLSLabel) {
						t.Errorf("%s is %s; is it in network byte order in %s: %v", id, field.Kind, header, big)
					}
				}
			}
			if field.Size() == 0 {
				open = true
			}
			off += field.Size()
		}
		if !open {
			f.add("struct "+e.Name+" has another size", "_Static_assert(sizeof(struct %s) == %d, \"\");", e.Name, off)
		}
	}
	file := filepath.Join(t.TempDir(), "structs.c")
	if err := os.WriteFile(file, []byte(f.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(cc, "-fsyntax-only", "-w", "-fmax-errors=0", file).CombinedOutput()
	if err != nil {
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile(`structs\.c:(\d+):\d+: error: (.*)`).FindAllStringSubmatch(string(out), -1) {
			var n int
			fmt.Sscan(m[1], &n)
			if what := f.about[n]; !seen[what] {
				seen[what] = true
				t.Errorf("%s: %s", what, m[2])
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s: %v\n%s", cc, err, out)
		}
	}
	for _, r := range excused {
		if !r.used {
			t.Errorf("structs.txt: nothing needs %s", r.pattern)
		}
	}
	if checked < 20 {
		t.Errorf("only %d structures were compared", checked)
	}
}
