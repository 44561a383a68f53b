package iproute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// session returns a Session whose output is kept, and cleans up after the test.
func session(t *testing.T) (*Session, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	s := &Session{Engine: &engine.Engine{}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}
	t.Cleanup(func() {
		names, err := s.dir().List()
		if err != nil {
			t.Error(err)
		}
		for _, n := range names {
			// The test's own context has ended.
			if err := s.dir().Delete(context.Background(), n); err != nil {
				t.Error(err)
			}
		}
		if err := s.Engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &out
}

func names(t *testing.T, s *Session) string {
	t.Helper()
	n, err := s.dir().List()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(n, " ")
}

func TestReadScriptErrors(t *testing.T) {
	script := strings.Join([]string{
		"\ufeffip netns add a",
		"ip netns frob",
		"# a comment",
		"netns add 'b",
		"c' extra",
		"ip $x",
		"true",
		"netns add c",
		"lnk show q",
		"./made-by-a-line-before",
		"''",
	}, "\n")
	s, err := ReadScript("f.sh", strings.NewReader(script), nil)
	var lines []string
	for _, l := range s.Lines {
		lines = append(lines, strings.Join(l.Words, " "))
	}
	if got, want := strings.Join(lines, "; "), "ip netns add a; true; netns add c; ./made-by-a-line-before"; got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
	want := `f.sh:2: ip: word 2, "frob": expected a command of ip netns: list, show, lst, list-id, add, set, delete, identify, pids, exec, monitor, attach
f.sh:4: ip: word 3, "b\nc": expected a name for a namespace: invalid name of a network namespace: "b\nc" contains white space (U+000A)
f.sh:6: column 4: '$' is special in a shell but not supported here; quote it to use the character itself
f.sh:9: "lnk" is neither an object of ip nor a program in PATH
f.sh:11: "" is neither an object of ip nor a program in PATH`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestReadScriptHostile(t *testing.T) {
	_, err := ReadScript("f", strings.NewReader(strings.Repeat("x", maxLine+1)), nil)
	if err == nil || !strings.Contains(err.Error(), "f:1: a line of more than 1048576 bytes") {
		t.Errorf("got %v", err)
	}
	failing := io.MultiReader(strings.NewReader("netns list\n"), errReader{})
	if _, err := ReadScript("f", failing, nil); !errors.Is(err, errRead) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadScript("f", strings.NewReader("netns add 'a\n\n\n"), nil); err == nil ||
		!strings.Contains(err.Error(), "f:1: column 11: a ' that opens here is never closed") {
		t.Errorf("got %v", err)
	}
	// The position of what is never closed, in commands of several lines, split
	// as in a shell and as in iproute2.
	for _, tt := range []struct{ only, text, want string }{
		{"", "link show\nlink set \\\n d0 'up\n", "f:3: column 5: a ' that opens here is never closed"},
		{"", "link set \\\n d0 up \\\n", "f:2: column 8: the file ends where a line should continue"},
		{"", "link set \\\n d0 $x\n", "f:2: column 5: "},
		{"ip", "link show\nlink set \\\n d0 'up\n", "f:3: column 5: a ' that opens here is never closed"},
		{"ip", "link set 'd0\n", "f:1: column 10: a ' that opens here is never closed"},
		{"ip", "link set \\\n d0 up \\\n", "f:2: column 8: the file ends where a line should continue"},
	} {
		r := newReader("f", strings.NewReader(tt.text), nil)
		r.only = tt.only
		var err error
		for err == nil {
			_, err = r.next()
		}
		if !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

var errRead = errors.New("cannot be read")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errRead }

func TestIntegrationRunScript(t *testing.T) {
	s, _ := session(t)
	script, err := ReadScript("f", strings.NewReader("netns add a\nip netns add b\n\nip netns add a\nip netns add c\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.RunScript(t.Context(), script)
	var le *LineError
	if !errors.As(err, &le) || le.Number != 4 || Status(err) != 1 {
		t.Errorf("got %v, status %d", err, Status(err))
	}
	if got := names(t, s); got != "a b" {
		t.Errorf("namespaces %q: something after the failing line took effect", got)
	}
}

func TestIntegrationForceScript(t *testing.T) {
	s, _ := session(t)
	script, err := ReadScript("f", strings.NewReader("netns add a\nnetns add a\nnetns add b\nnetns del nothere\nnetns exec b nosuchprogram\nnetns add c\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var failed []int
	n := s.ForceScript(t.Context(), script, func(e *LineError) { failed = append(failed, e.Number) })
	if n != 3 || len(failed) != 3 || failed[0] != 2 || failed[1] != 4 || failed[2] != 5 {
		t.Errorf("%d failures, at lines %v", n, failed)
	}
	if got := names(t, s); got != "a b c" {
		t.Errorf("namespaces %q", got)
	}
}

// With -force, too, each line works as it does alone: its options count, it
// enters its namespace first, and it prints the same when it fails.
func TestIntegrationForceScriptLines(t *testing.T) {
	const lines = `ip -n nothere netns add x
netns add a
ip -n a link add br1 type bridge
ip netns exec a brctl sethello br1 0
ip -n a -o link show br1
ip -n a link set br1 mtu 99999
bridge -n a link set dev br1 learning off
ip -n nothere link set br1 up
ip -n a link set nothere up
`
	run := func(force bool) (failures, output string) {
		s, out := session(t)
		defer func() {
			if err := s.dir().Delete(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		}()
		script, err := ReadScript("f", strings.NewReader(lines), nil)
		if err != nil {
			t.Fatal(err)
		}
		if force {
			s.ForceScript(t.Context(), script, func(e *LineError) { failures += e.Error() + "\n" })
			return failures, out.String()
		}
		for _, l := range script.Lines {
			if err := s.runLine(t.Context(), l); err != nil {
				failures += fmt.Sprintf("f:%d: %v\n", l.Number, err)
			}
		}
		return failures, out.String()
	}
	wantFailures, wantOutput := run(false)
	failures, output := run(true)
	if d := cmp.Diff(wantFailures, failures); d != "" {
		t.Errorf("failures by themselves (-) and with -force (+):\n%s", d)
	}
	index := regexp.MustCompile(`(?m)^[0-9]+: |link/ether \S+`)
	if d := cmp.Diff(index.ReplaceAllString(wantOutput, ""), index.ReplaceAllString(output, "")); d != "" || strings.Count(output, "\n") != 1 {
		t.Errorf("output by itself (-) and with -force (+):\n%s", d)
	}
	if strings.Count(failures, "\n") != 6 || !strings.Contains(failures, "allowed are 1 to 10 s") {
		t.Errorf("failures:\n%s", failures)
	}
}

func TestIntegrationRunStream(t *testing.T) {
	testenv.NeedTool(t, "sh")
	s, out := session(t)
	err := s.RunStream(t.Context(), "-", strings.NewReader("netns add a\nnetns\nsh -c 'echo said; exit 3'\nnetns add b\n"))
	if Status(err) != 3 || err == nil || !strings.HasPrefix(err.Error(), "-:3: ") {
		t.Errorf("got %v", err)
	}
	if got := out.String(); got != "a\nsaid\n" {
		t.Errorf("output %q", got)
	}
	if got := names(t, s); got != "a" {
		t.Errorf("namespaces %q", got)
	}
	if err := s.RunStream(t.Context(), "-", strings.NewReader("nosuchprogram x\n")); err == nil ||
		!strings.Contains(err.Error(), `"nosuchprogram" is neither an object of ip nor a program in PATH`) {
		t.Errorf("got %v", err)
	}
}

// "ip -batch" stops at the first failure, or, with -force, at none.
func TestIntegrationBatchOption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte("netns add a\nnetns add a\nnonsense\nnetns add b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, out := session(t)
	if status := s.Main(t.Context(), "ip", []string{"-batch", file}); status != 1 || names(t, s) != "a" {
		t.Errorf("status %d, namespaces %q, %s", status, names(t, s), out)
	}
	out.Reset()
	if status := s.Main(t.Context(), "ip", []string{"-force", "-b", file}); status != 1 || names(t, s) != "a b" {
		t.Errorf("status %d, namespaces %q, %s", status, names(t, s), out)
	}
	for _, want := range []string{file + ":1: ", file + ":2: ", file + `:3: ip: word 1, "nonsense"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// A script uses one socket for each namespace.
func TestIntegrationOneSocketANamespace(t *testing.T) {
	s, _ := session(t)
	ports := make(map[string]map[uint32]bool)
	s.Engine.Observer = observer(func(d nlspec.Datagram) {
		if ports[d.NetNS] == nil {
			ports[d.NetNS] = make(map[uint32]bool)
		}
		ports[d.NetNS][d.PortID] = true
	})
	err := s.RunStream(t.Context(), "-", strings.NewReader("netns add a\nnetns add b\nip -n a netns set b 5\nip -n b netns set a 6\nip -n a netns\nip netns exec b ip netns\nnetns\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(ports[""]) != 1 || len(ports["a"]) != 1 || len(ports["b"]) != 1 {
		t.Errorf("sockets used: %v", ports)
	}
}

type observer func(nlspec.Datagram)

func (o observer) Observe(d nlspec.Datagram) { o(d) }

// An engine's socket does not outlive the namespace's name. After a delete, the
// namespace is gone, and the same name refers to another one.
func TestIntegrationNameReused(t *testing.T) {
	testenv.NeedTool(t, "ip")
	s, out := session(t)
	if err := s.RunStream(t.Context(), "-", strings.NewReader("netns add a\nnetns add b\nip -n a netns set b 5\n")); err != nil {
		t.Fatal(err)
	}
	// Another program replaces it behind the engine's back.
	testenv.Run(t, "ip", "netns", "delete", "a")
	testenv.Run(t, "ip", "netns", "add", "a")
	out.Reset()
	if err := s.RunStream(t.Context(), "-", strings.NewReader("ip -n a netns list-id\n")); err != nil || out.String() != "" {
		t.Errorf("the new namespace has ids of the old: %q, %v", out, err)
	}
}
