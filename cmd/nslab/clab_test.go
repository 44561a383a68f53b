package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Labs of the shapes that containerlab's own smoke tests have, as far as they
// need linux nodes and bridges alone, come up, and so do the lab files that
// stand for them.
func TestIntegrationClabShapes(t *testing.T) {
	nslab := link(t, "nslab")
	files, err := filepath.Glob("../../topology/clab/testdata/*.clab.yml")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			// The lab file that stands for it changes nothing.
			cmd := exec.Command(nslab, "run", filepath.Base(file), "--", "sh", "-c", `nslab convert "$0" | nslab plan --replace -`, filepath.Base(file))
			cmd.Dir = filepath.Dir(file)
			cmd.Env = append(os.Environ(), "PROGRAM=sleep 1000")
			out, err := cmd.CombinedOutput()
			if strings.Contains(string(out), "CONFIG_DUMMY") {
				t.Skip("the kernel has no dummies")
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}
