package iproute

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// TestMain lets the test binary stand in for ip, bridge and brctl under these
// names.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); IsProgram(name) {
		s := NewSession()
		s.Replace, s.AsPeer = true, true
		os.Exit(s.Main(context.Background(), name, os.Args[1:]))
	}
	testenv.Main(withTable{m})
}

// withTable writes the table of errors after the tests.
type withTable struct{ *testing.M }

func (w withTable) Run() int {
	status := w.M.Run()
	if err := errorTable.write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}
