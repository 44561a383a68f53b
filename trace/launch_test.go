package trace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

func TestNotExecuted(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{"/no such file": unix.ENOENT, "/": unix.EACCES, text: unix.ENOEXEC} {
		p := start(t, &Command{Path: path, Args: []string{path}}, Options{})
		<-p.ended
		var pe *os.PathError
		if !errors.As(p.err, &pe) || pe.Op != "exec" || pe.Path != path || !errors.Is(p.err, want) {
			t.Errorf("%s: %v", path, p.err)
		}
	}
}

func TestDirectoryAndDescriptors(t *testing.T) {
	testenv.NeedTool(t, "sh")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	// A descriptor that is not close-on-exec is inherited under its number, and
	// nothing else is.
	if err := unix.Dup2(int(r.Fd()), 50); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(50)
	args := []string{"sh", "-c", `pwd; echo "$A$NSLAB_TRACE_STAGE" "$@"; for f in /proc/$$/fd/*; do echo "${f##*/}"; done`, "sh", "x y"}
	env := []string{"A=b"}
	out, _ := run(t, &Command{Path: sh, Args: args, Dir: dir, Env: env}, Options{})
	cmd := exec.Command(sh, args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin = r
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, dir+"\nb x y\n0\n") || !strings.HasSuffix(out, "\n50\n") || out != string(want) {
		t.Errorf("got %q; as a child of this process it says %q", out, want)
	}
}

// Without Stage in main, nothing could become the program.
func TestStageIsNeeded(t *testing.T) {
	staged = false
	defer func() { staged = true }()
	if _, err := Start(&Command{}, Options{}, nil); err == nil || !strings.Contains(err.Error(), "Stage") {
		t.Errorf("got %v", err)
	}
}

// Without privileges a filter needs no_new_privs.
func TestWithoutCapabilities(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "nnp")
	cmd.Args[0] = "tracer"
	cmd.Env = append(os.Environ(), programEnv+"=tracer")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n1\n") || !strings.Contains(string(out), "status 0") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _ := run(t, program("nnp"), Options{}); out != "0\n" {
		t.Errorf("with capabilities no_new_privs is %q", out)
	}
}

// nnp reports whether no_new_privs is set.
func nnp() error {
	n, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err != nil {
		return err
	}
	fmt.Println(n)
	return nil
}

// tracerProgram traces a program without the capabilities that allow installing
// a filter, and reports its process id and events.
func tracerProgram() error {
	if n, err := unix.PrctlRetInt(unix.PR_GET_SECUREBITS, 0, 0, 0, 0); err != nil || os.Args[1] == "nnp" && n&noRoot != noRoot {
		if err := dropCapabilities(); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	t, err := Start(program(os.Args[1], os.Args[2:]...), Options{}, func(e *audit.Event) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(e.Op)
	})
	if err != nil {
		return err
	}
	fmt.Println("tracing", t.PID())
	ws, err := t.Wait()
	fmt.Println("status", ws)
	return err
}

// dropCapabilities starts this program again, without any capabilities.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return err
	}
	var none [2]unix.CapUserData
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return err
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), programEnv+"=tracer"))
}

const noRoot = 3 // SECBIT_NOROOT, SECBIT_NOROOT_LOCKED
