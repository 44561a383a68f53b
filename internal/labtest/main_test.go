package labtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// victimEnv makes the test binary run one of the small programs for the tests
// of the tracer.
const victimEnv = "NSLAB_LABTEST_VICTIM"

func TestMain(m *testing.M) {
	if name := os.Getenv(victimEnv); name != "" {
		if err := victims[name](os.Args[1:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testenv.Main(m)
}
