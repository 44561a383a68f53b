package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

// helperEnv makes the test binary run a helper instead of tests.
const helperEnv = "NSLAB_NSFS_TEST_HELPER"

var helpers = map[string]func(args []string) error{
	// bind DIR NAME STEP: stops at a step of a Bind, for ever.
	"bind": func(args []string) error {
		h, err := nsfs.New()
		if err != nil {
			return err
		}
		err = nsfs.Dir{Path: args[0]}.BindSteps(context.Background(), args[1], h, func(step string) {
			if step == args[2] {
				fmt.Println("stopped")
				for {
					unix.Pause() // Go's own signals end it
				}
			}
		})
		return errors.Join(err, errors.New("the step did not come"))
	},
	// replace DIR NAME WORKDIR PROGRAM ARG...: runs a program with Replace.
	"replace": func(args []string) error {
		c, err := nsfs.Dir{Path: args[0]}.Command(context.Background(), args[1], args[3], args[4:]...)
		if err != nil {
			return err
		}
		c.Dir = args[2]
		return c.Replace(func(err error) { fmt.Fprintln(os.Stderr, "warning:", err) })
	},
	// run DIR NAME PROGRAM ARG...: runs a program with Run.
	"run": func(args []string) error {
		c, err := nsfs.Dir{Path: args[0]}.Command(context.Background(), args[1], args[2], args[3:]...)
		if err != nil {
			return err
		}
		c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
		return c.Run()
	},
}

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		err := helpers[name](os.Args[1:])
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			os.Exit(exit.ExitCode())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(125)
		}
		os.Exit(0)
	}
	testenv.Main(m)
}

// helper returns the command that runs a helper.
func helper(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), helperEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// freshRun gives the test an empty /run, with its own /run/netns.
func freshRun(t testing.TB) {
	t.Helper()
	if err := unix.Mount("none", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount("/run", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// scratch returns an empty directory on a tmpfs of the test.
func scratch(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func create(t testing.TB, d nsfs.Dir, name string) *nsfs.Handle {
	t.Helper()
	h, err := d.Create(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// mountsUnder returns the lines of /proc/self/mountinfo for mounts at or under
// dir.
func mountsUnder(t testing.TB, dir string) []string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(b)) {
		if at := strings.ReplaceAll(strings.Fields(line)[4], `\040`, " "); at == dir || strings.HasPrefix(at, dir+"/") {
			list = append(list, line)
		}
	}
	return list
}

func ip(t testing.TB, args ...string) string {
	t.Helper()
	return strings.TrimSpace(testenv.Run(t, "ip", args...))
}
