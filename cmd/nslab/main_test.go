package main

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(testenv.Wrap(m), map[string]func(){"nslab": main, "stubborn": stubborn})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
	})
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
		{"/usr/local/bin/ip", []string{"link", "show", "nothere"}, 1, "ip: Cannot find device \"nothere\"\n"},
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
