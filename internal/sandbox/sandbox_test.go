package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/sandbox"
)

// helperEnv makes the test binary run one of the programs below.
const helperEnv = "NSLAB_SANDBOX_TEST_HELPER"

func TestMain(m *testing.M) {
	name := os.Getenv(helperEnv)
	if name == "" {
		// Processes that this one starts would ignore the signals that it
		// ignores, as under nohup(1). They do not ignore those that it catches.
		for _, s := range passedOn {
			if signal.Ignored(s) {
				signal.Notify(make(chan os.Signal, 1), s)
			}
		}
		os.Exit(m.Run())
	}
	if limit := os.Getenv("TEST_ZERO"); limit != "" && !sandbox.Inside() {
		must(os.WriteFile("/proc/sys/user/"+limit, []byte("0"), 0))
	}
	if !sandbox.Inside() {
		cfg := sandbox.Config{}
		if os.Getenv("TEST_USERNS") != "" {
			cfg.UserNamespace = sandbox.UserNamespaceAlways
		}
		status, err := sandbox.Run(cfg)
		if err != nil {
			var denied *sandbox.DeniedError
			if errors.As(err, &denied) {
				fmt.Printf("%s\n", denied.Setting)
			}
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(status)
	}
	result, err := sandbox.Setup()
	must(err)
	helpers[name](result)
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
}

type report struct {
	UID        int
	Net, Mnt   string
	Run        []string
	Interfaces []string
	SysClass   []string
	SysfsErr   string
	Args       []string
	Inside     bool
	Setup      string
}

var helpers = map[string]func(sandbox.Result){
	"report": func(result sandbox.Result) {
		r := report{UID: os.Geteuid(), Args: os.Args[1:], Inside: sandbox.Inside()}
		r.Net, _ = os.Readlink("/proc/self/ns/net")
		r.Mnt, _ = os.Readlink("/proc/self/ns/mnt")
		must(os.WriteFile("/run/nslab-sandbox-test", nil, 0o600))
		r.Run = names("/run")
		r.SysClass = names("/sys/class/net")
		ifaces, err := net.Interfaces()
		must(err)
		for _, i := range ifaces {
			r.Interfaces = append(r.Interfaces, i.Name)
		}
		if result.SysfsErr != nil {
			r.SysfsErr = result.SysfsErr.Error()
		}
		if _, err := sandbox.Setup(); err != nil {
			r.Setup = err.Error()
		}
		must(json.NewEncoder(os.Stdout).Encode(r))
	},
	"exit": func(sandbox.Result) { os.Exit(42) },
	"kill": func(sandbox.Result) {
		must(unix.Kill(os.Getpid(), unix.SIGKILL))
		select {}
	},
	"signal": func(sandbox.Result) {
		c := make(chan os.Signal, 1)
		signal.Notify(c, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2)
		fmt.Println("ready")
		fmt.Println(<-c)
		os.Exit(7)
	},
	"copy": func(sandbox.Result) {
		_, err := io.Copy(os.NewFile(4, "4"), os.NewFile(3, "3"))
		must(err)
	},
}

func names(dir string) []string {
	entries, err := os.ReadDir(dir)
	must(err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// helper returns the command that runs a helper; env is added to its
// environment.
func helper(t *testing.T, name string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=unused", "an argument")
	cmd.Env = append(os.Environ(), append(env, helperEnv+"="+name)...)
	cmd.Stderr = os.Stderr
	return cmd
}

// modes returns the ways into a sandbox that this user has.
func modes() map[string][]string {
	m := map[string][]string{"auto": nil}
	if os.Geteuid() == 0 {
		m["user namespace"] = []string{"TEST_USERNS=1"}
	}
	return m
}

func TestSandbox(t *testing.T) {
	outerNet, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	outerMnt, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	for mode, env := range modes() {
		t.Run(mode, func(t *testing.T) {
			out, err := helper(t, "report", env...).Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var r report
			if err := json.Unmarshal(out, &r); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if r.UID != 0 {
				t.Errorf("uid %d, want 0", r.UID)
			}
			if r.Net == outerNet || r.Mnt == outerMnt {
				t.Errorf("namespaces %s %s are the test's own", r.Net, r.Mnt)
			}
			if want := []string{"nslab-sandbox-test"}; !slices.Equal(r.Run, want) {
				t.Errorf("/run has %q, want %q", r.Run, want)
			}
			if want := []string{"lo"}; !slices.Equal(r.Interfaces, want) {
				t.Errorf("interfaces %q, want %q", r.Interfaces, want)
			}
			if r.SysfsErr != "" {
				t.Logf("no fresh /sys: %s", r.SysfsErr)
			} else if want := []string{"lo"}; !slices.Equal(r.SysClass, want) {
				t.Errorf("/sys/class/net has %q, want %q", r.SysClass, want)
			}
			if want := []string{"-test.run=unused", "an argument"}; !slices.Equal(r.Args, want) {
				t.Errorf("arguments %q, want %q", r.Args, want)
			}
			if r.Inside || r.Setup != sandbox.ErrNotInside.Error() {
				t.Errorf("after Setup: Inside %v, a second Setup %q", r.Inside, r.Setup)
			}
		})
	}
	if _, err := os.Lstat("/run/nslab-sandbox-test"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file made in the sandbox's /run shows outside: %v", err)
	}
}

func TestExitStatus(t *testing.T) {
	for mode, env := range modes() {
		for name, want := range map[string]int{"exit": 42, "kill": 128 + 9} {
			t.Run(mode+" "+name, func(t *testing.T) {
				var exit *exec.ExitError
				if err := helper(t, name, env...).Run(); !errors.As(err, &exit) || exit.ExitCode() != want {
					t.Errorf("got %v, want exit status %d", err, want)
				}
			})
		}
	}
}

// passedOn are the signals that Run passes on.
var passedOn = []syscall.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2}

func TestSignalsArePassedOn(t *testing.T) {
	for _, s := range passedOn {
		t.Run(s.String(), func(t *testing.T) {
			cmd, r := start(t, helper(t, "signal"))
			line(t, r, "ready")
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			line(t, r, s.String())
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
				t.Errorf("got %v, want exit status 7", err)
			}
		})
	}
}

// TestParentDies kills the outer process. The inner one holds the pipe's other
// end, so the pipe ends when it does.
func TestParentDies(t *testing.T) {
	for mode, env := range modes() {
		t.Run(mode, func(t *testing.T) {
			cmd, r := start(t, helper(t, "signal", env...))
			line(t, r, "ready")
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
				t.Errorf("read %q, %v; want the pipe's end", rest, err)
			}
			if err := cmd.Wait(); err == nil {
				t.Error("the killed process exited with status 0")
			}
		})
	}
}

// start starts cmd; the reader reads its standard output.
func start(t *testing.T, cmd *exec.Cmd) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return cmd, bufio.NewReader(r)
}

func line(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); err != nil || strings.TrimSpace(got) != want {
		t.Fatalf("read %q, %v; want %q", got, err, want)
	}
}

func TestInheritedDescriptors(t *testing.T) {
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer outR.Close()
	cmd := helper(t, "copy")
	cmd.ExtraFiles = []*os.File{inR, outW}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	inR.Close()
	outW.Close()
	if _, err := inW.WriteString("through 3 and 4"); err != nil {
		t.Fatal(err)
	}
	inW.Close()
	if got, err := io.ReadAll(outR); err != nil || string(got) != "through 3 and 4" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestLimits sets a limit to 0 in a new user namespace and checks Run's error
// there.
func TestLimits(t *testing.T) {
	for _, name := range []string{"max_user_namespaces", "max_net_namespaces", "max_mnt_namespaces"} {
		t.Run(name, func(t *testing.T) {
			cmd := helper(t, "report", "TEST_ZERO="+name, "TEST_USERNS=1")
			cmd.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  unix.CLONE_NEWUSER,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
			}
			var out bytes.Buffer
			cmd.Stdout = &out
			var exit *exec.ExitError
			err := cmd.Run()
			if err == nil {
				t.Fatalf("Run made namespaces with user.%s = 0: %s", name, out.String())
			}
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("%v\n%s", err, out.String())
			}
			setting, message, _ := strings.Cut(out.String(), "\n")
			if setting != "user."+name {
				t.Errorf("setting %q, want user.%s", setting, name)
			}
			t.Log(strings.TrimSpace(message))
			for _, want := range []string{"user." + name + " = 0", "no space left on device", "sysctl -w user." + name + "="} {
				if !strings.Contains(message, want) {
					t.Errorf("%q does not say %q", message, want)
				}
			}
		})
	}
}

// TestForgedMarker calls Inside with values that another process, or a user,
// may have left in the environment.
func TestForgedMarker(t *testing.T) {
	for _, v := range []string{"", "1", "1:2", "1:2:3", "1:2:3:4:5", "x:y:z", fmt.Sprintf("%d:1:2:3:x", os.Getppid())} {
		t.Setenv("NSLAB_SANDBOX", v)
		if sandbox.Inside() {
			t.Errorf("Inside with NSLAB_SANDBOX=%q", v)
		}
		if _, err := sandbox.Setup(); !errors.Is(err, sandbox.ErrNotInside) {
			t.Errorf("Setup with NSLAB_SANDBOX=%q: %v", v, err)
		}
	}
	// The parent's id alone is not enough: this process shares its namespaces.
	var mnt, net, pids unix.Stat_t
	if err := errors.Join(unix.Stat("/proc/self/ns/mnt", &mnt), unix.Stat("/proc/self/ns/net", &net), unix.Stat("/proc/self/ns/pid", &pids)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NSLAB_SANDBOX", fmt.Sprintf("%d:%d:%d:%d:0", os.Getppid(), mnt.Ino, net.Ino, pids.Ino))
	if sandbox.Inside() {
		t.Error("Inside, though in the parent's namespaces")
	}
}
