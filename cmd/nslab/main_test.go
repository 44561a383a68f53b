package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/trace"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	trace.Stage()
	lab.Stage()
	testscript.Main(testenv.Wrap(m), map[string]func(){
		"nslab": audited, "named-ip": namedIP, "stubborn": stubborn, "interrupted": interrupted, "asking": asking,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: scriptEnv})
}

// scriptEnv sets what scripts need from this repository.
func scriptEnv(e *testscript.Env) error {
	examples, err := filepath.Abs("../../examples")
	if err == nil {
		e.Setenv("EXAMPLES", examples)
	}
	e.Setenv("GORACE", os.Getenv("GORACE")) // .ci/run's, for the race detector
	return err
}

// Under the name of ip, bridge or brctl, nslab is that program, exit statuses
// included.
func TestProgramNames(t *testing.T) {
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"/usr/local/bin/ip", []string{"link", "show", "nothere"}, 1, "Device \"nothere\" does not exist.\n"},
		{"ip", []string{"nonsense"}, 1, ""},
		{"ip", []string{"link", "set", "lo", "mtu", "x"}, 255, ""},
		{"bridge", []string{"nonsense"}, 255, ""},
		{"brctl", []string{"show", "nothere"}, 1, ""},
		{"ip", []string{"netns"}, 0, ""},
	} {
		var out, errs strings.Builder
		status := run(tt.name, tt.args, strings.NewReader(""), &out, &errs)
		if status != tt.status || tt.stderr != "" && errs.String() != tt.stderr {
			t.Errorf("%s %q: status %d, want %d; %s", tt.name, tt.args, status, tt.status, errs.String())
		}
	}
}

// The help of every command fits into 80 columns, and nslab's own lists them
// all.
func TestHelp(t *testing.T) {
	listed := make(map[string]bool)
	for _, g := range helpGroups {
		for _, name := range g.verbs {
			listed[name] = true
		}
	}
	root := (&app{}).root()
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Hidden {
			continue
		}
		if cmd != root && !listed[cmd.Name()] {
			t.Errorf("the help of nslab does not list %q", cmd.Name())
		}
		var b strings.Builder
		cmd.SetOut(&b)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "\nUsage:\n  nslab") || !strings.Contains(b.String(), "--trace") {
			t.Errorf("%s --help:\n%s", cmd.Name(), b.String())
		}
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(line)) - 1; n > helpWidth {
				t.Errorf("%s --help: %d columns: %s", cmd.Name(), n, line)
			}
		}
	}
}

// Being root does not help if a file system is read-only.
func TestIntegrationDoctorReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH) //nolint:errcheck // it is mounted
	f := checkDirectory("names", dir)
	if f.Status != "fail" || f.Fix != "" || f.Text != dir+" cannot be written: read-only file system" {
		t.Errorf("got %+v", f)
	}
}
