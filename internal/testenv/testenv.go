// Package testenv runs a package's tests in fresh network and mount namespaces,
// and has helpers for such tests.
//
// Each test package that touches the kernel has
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
//
// Its tests are then root in a network namespace with only a loopback
// interface, which is down. They see an empty /run, and iproute2's files
// without the machine's names. They leave nothing behind: processes that
// outlive them are killed, and the package fails. What they start ignores no
// signal, even under nohup(1). They need no root. Two environment variables,
// which the project's CI sets, turn skips into failures:
// NSLAB_TEST_REQUIRE_TOOLS=1 for missing tools, and NSLAB_TEST_REQUIRE_ROOT=1
// for missing root.
package testenv

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/nslab/nslab/internal/sandbox"
)

const (
	requireTools = "NSLAB_TEST_REQUIRE_TOOLS"
	requireRoot  = "NSLAB_TEST_REQUIRE_ROOT"
)

// sysfsErr is the error of mounting /sys. It is set once, before any test runs.
var sysfsErr error

// Runner is the part of testing.M that a TestMain needs.
type Runner interface{ Run() int }

// Main runs the tests in fresh namespaces and exits with their status. If
// namespaces are denied, it prints the setting that denies them and exits with
// 1.
//
// More parallel tests run at once than there are processors, unless -parallel
// says how many: most of the time they wait for the kernel.
func Main(m Runner) { os.Exit(wrapped{m, true}.Run()) }

// Wrap returns a Runner that runs m in fresh namespaces, for a TestMain that
// hands its tests to another framework's Main.
func Wrap(m Runner) Runner { return wrapped{m, false} }

type wrapped struct {
	m Runner
	// crowded says that more parallel tests run than there are processors.
	crowded bool
}

// Run runs the tests in fresh namespaces and returns their exit status.
func (w wrapped) Run() int {
	if !sandbox.Inside() {
		status, err := sandbox.Run(sandbox.Config{KillOrphans: true})
		if err != nil {
			fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
			return max(status, 1)
		}
		return status
	}
	heedSignals()
	result, err := sandbox.Setup()
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
		return 1
	}
	sysfsErr = result.SysfsErr
	if err := ownNames(); err != nil {
		fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
		return 1
	}
	// Some tools are in directories that a user's PATH often lacks.
	path := filepath.SplitList(os.Getenv("PATH"))
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"} {
		if !slices.Contains(path, dir) {
			path = append(path, dir)
		}
	}
	list := ""
	for _, dir := range path {
		if dir != "" {
			list += string(filepath.ListSeparator) + dir
		}
	}
	err = os.Setenv("PATH", list[1:])
	if w.crowded {
		err = errors.Join(err, crowd())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: %v\n", err)
		return 1
	}
	return w.m.Run()
}

// crowd sets how many parallel tests run at once, if -parallel does not.
func crowd() error {
	const name = "test.parallel"
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == name })
	if said {
		return nil
	}
	return flag.Set(name, strconv.Itoa(4*runtime.GOMAXPROCS(0)))
}

var _ Runner = (*testing.M)(nil)
