package rules

import (
	"fmt"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/trace"
)

func TestMain(m *testing.M) {
	trace.Stage()
	if name := os.Getenv(programEnv); name != "" {
		os.Unsetenv(programEnv) //nolint:errcheck // a name without = or NUL
		if err := runProgram(name); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testenv.Main(m)
}
