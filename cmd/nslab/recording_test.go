package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
)

// A command that is refused has no recording: an existing file stays as it is,
// and no new one is created.
func TestRecordOfRefused(t *testing.T) {
	const text = "valuable\n"
	batch, yaml := file(t, "lines", "link show\nlink sideways\n"), file(t, "lab.yaml", "name: [\n")
	for _, args := range [][]string{
		{"watch", "--only", "weather"}, {"watch", "--buffer", "0"}, {"watch", "--every", "lab"}, {"ping", "-c", "x", "::1"},
		{"batch", batch}, {"up", yaml}, {"validate", yaml}, {"down", "no such lab"}, {"audit"}, {"audit", "--rule", "none", "x.jsonl"},
		{"audit", batch}, {"decode", "--where", "(", batch}, {"ls", "-o", "xml"}, {"ip", "link", "sideways"}, {"link", "sideways"},
	} {
		for _, name := range []string{file(t, "keep", text), filepath.Join(t.TempDir(), "new")} {
			line := append([]string{"--record", name}, args...)
			if args[0] == "ip" {
				line = append([]string{"ip", "--record", name}, args[1:]...)
			} else if args[0] == "link" {
				line = append([]string{"link", "--record", name}, args[1:]...)
			}
			status, said := called(line...)
			if status == 0 {
				t.Errorf("%q: %s", args, said)
			}
			b, err := os.ReadFile(name)
			if there := filepath.Base(name) == "keep"; there && (err != nil || string(b) != text) || !there && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: %s\nleaves %q, %v", args, said, b, err)
			}
		}
	}
}

// A command that was accepted has a recording, even an empty one.
func TestRecordWithoutEvents(t *testing.T) {
	yaml := file(t, "lab.yaml", "name: x\nnodes: {a: {}}\n")
	for _, name := range []string{file(t, "old.jsonl", "old\n"), filepath.Join(t.TempDir(), "new.jsonl")} {
		if status, said := called("validate", "--record", name, yaml); status != 0 {
			t.Fatalf("status %d: %s", status, said)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := record.Open(f, record.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var e audit.Event
		if err := r.Read(&e); err != io.EOF {
			t.Errorf("got %+v, %v", e, err)
		}
	}
}

// An incomplete recording is reported, whatever the result of the work, and its
// status is not one of the command's results.
func TestRecordNotWhole(t *testing.T) {
	yaml, broken := file(t, "lab.yaml", "name: x\nnodes: {a: {}}\n"), file(t, "broken.yaml", "name: [\n")
	const loss = "--record: write capture file: write /dev/full: no space left on device\n"
	for _, tt := range []struct {
		name   string
		args   string
		status int
		said   []string
	}{
		{"nslab", "validate --record /dev/full " + yaml, 1, []string{"nslab: " + loss}},
		{"nslab", "validate --record /dev/full " + broken, 2, []string{"broken.yaml"}},
		{"nslab", "link --record /dev/full show nothere", 1, []string{"nslab: Cannot find device \"nothere\"", "\nnslab: " + loss}},
		{"ip", "--record /dev/full link show nothere", 1, []string{"Device \"nothere\" does not exist.\n", "ip: " + loss}},
		{"ip", "--record /dev/full link show lo", 1, []string{"ip: " + loss}},
	} {
		var out, errs strings.Builder
		args := strings.Fields(tt.args)
		status := run(tt.name, args, strings.NewReader(""), &out, &errs)
		if status != tt.status {
			t.Errorf("%s %q: status %d: %s", tt.name, args, status, errs.String())
		}
		for _, said := range tt.said {
			if !strings.Contains(errs.String(), said) {
				t.Errorf("%s %q: %s", tt.name, args, errs.String())
			}
		}
	}
}

// called runs nslab, and returns its status and output.
func called(args ...string) (status int, said string) {
	var out strings.Builder
	status = run("nslab", args, strings.NewReader(""), &out, &out)
	return status, out.String()
}
