package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
)

// tutorial are the scripts of examples/ and what they create.
var tutorial = []struct {
	script       string
	namespaces   []string
	links, ports int // in all namespaces
}{
	{"bridge.sh", []string{"net0", "net1", "bridge"}, 3 + 5, 2},
	{"direct.sh", []string{"net0", "net1"}, 2 + 2, 0},
}

// `nslab batch`, which is what the demo uses, creates from the tutorial's
// scripts what bash creates with iproute2 and bridge-utils, without ip and
// brctl.
func TestIntegrationTutorial(t *testing.T) {
	testenv.NeedTool(t, "bash", "ip", "bridge", "brctl")
	for i, tt := range tutorial {
		if !testenv.Row(i) {
			continue
		}
		t.Run(tt.script, func(t *testing.T) {
			script := filepath.Join("../../examples", tt.script)
			path := os.Getenv("PATH")
			t.Setenv("PATH", "")
			var out, errs strings.Builder
			if status := run("nslab", []string{"batch", script}, strings.NewReader(""), &out, &errs); status != 0 {
				t.Fatalf("nslab batch: status %d\n%s", status, errs.String())
			}
			t.Setenv("PATH", path)
			ours := takeState(t, tt.namespaces)
			testenv.Run(t, "bash", "-e", script)
			theirs := takeState(t, tt.namespaces)
			// Neither side is empty.
			for who, s := range map[string]peerstate.State{"nslab": ours, "bash": theirs} {
				links, ports := 0, 0
				for _, ns := range tt.namespaces {
					links += s.Count(ns, "link")
					ports += s.Count(ns, "port")
				}
				if links != tt.links || ports != tt.ports {
					t.Errorf("%s has %d links and %d ports, want %d and %d", who, links, ports, tt.links, tt.ports)
				}
			}
			if d := peerstate.Diff(theirs, ours); d != "" {
				t.Errorf("bash (-) and nslab (+) differ:\n%s", d)
			}
		})
	}
}

// takeState reads the state of namespaces after the kernel has settled, and
// deletes them.
func takeState(t *testing.T, namespaces []string) peerstate.State {
	t.Helper()
	settle.Wait(t, namespaces...)
	s := peerstate.Read(t, namespaces...)
	for _, ns := range namespaces {
		testenv.Run(t, "ip", "netns", "delete", ns)
	}
	return s
}
