package audit

import (
	_ "embed"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// straceCommands are the commands that strace watches. Some fail if the kernel
// lacks a feature, but their requests are compared all the same.
//
//go:embed testdata/strace.sh
var straceCommands string

// straceDiffers lists the differences between strace and this package: the name
// of a field or an attribute, and the reason.
//
//go:embed testdata/strace.txt
var straceDiffers string

// TestStrace compares each value of iproute2's traffic with strace's decoding
// of the same bytes.
func TestStrace(t *testing.T) {
	testenv.NeedTool(t, "strace", "ip", "bridge", "tc")
	dir := t.TempDir()
	cmd := exec.Command("strace", "-ff", "--seccomp-bpf", "-qq", "-v", "-s", "1000000", "-e", "trace=sendmsg,recvmsg,sendto,recvfrom", "-e", "signal=none",
		"-e", "read=all", "-e", "write=all", "-o", filepath.Join(dir, "log"), "sh", "-c", straceCommands)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace: %v\n%s", err, out)
	}
	c := newComparison()
	logs, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range straceCalls(t, string(text)) {
			if err := c.datagram(call); err != nil {
				t.Errorf("%v in %s", err, call.line)
			}
		}
	}
	excused := map[string]bool{} // the differences that occurred
	for line := range strings.Lines(straceDiffers) {
		if name, why, _ := strings.Cut(strings.TrimSpace(line), " "); name != "" && name[0] != '#' {
			if strings.TrimSpace(why) == "" {
				t.Errorf("testdata/strace.txt: %s has no reason after it", name)
			}
			excused[name] = false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.differ)) {
		if pattern := excuse(excused, name); pattern != "" {
			excused[pattern] = true
			continue
		}
		t.Errorf("%s: %s", name, c.differ[name])
	}
	for name, used := range excused {
		if !used {
			t.Logf("testdata/strace.txt: nothing differs in %s here", name)
		}
	}
	t.Logf("%d messages, %d values agree, %d that strace does not decode", c.messages, c.agree, c.undecoded)
	if c.agree < 5000 {
		t.Errorf("only %d values were compared", c.agree)
	}
}

// excuse returns the pattern that name matches, or "".
func excuse(excused map[string]bool, name string) string {
	for pattern := range excused {
		if ok, _ := path.Match(pattern, name); ok {
			return pattern
		}
	}
	return ""
}

// straceCall is a call that strace saw: its line, the part that is the message,
// and the bytes.
type straceCall struct {
	line string
	args string
	data []byte
	sent bool
}

var straceCallStart = regexp.MustCompile(`^(sendmsg|sendto|recvmsg|recvfrom)\(\d+, `)

// straceCalls finds the calls in strace's output.
func straceCalls(t *testing.T, text string) (calls []straceCall) {
	t.Helper()
	var call *straceCall
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, " | ") && call != nil && len(line) > 60 {
			b, err := hex.DecodeString(strings.Join(strings.Fields(line[9:59]), ""))
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			call.data = append(call.data, b...)
			continue
		}
		start := straceCallStart.FindString(line)
		if start == "" {
			continue
		}
		call = nil
		args := line[len(start):]
		if strings.Contains(start, "msg") {
			_, after, ok := strings.Cut(args, "iov_base=")
			if !ok {
				continue
			}
			args = after
		}
		if args[0] != '[' && args[0] != '{' || strings.Contains(line, "MSG_PEEK") {
			continue // not netlink, or not the message itself
		}
		calls = append(calls, straceCall{line: line[:min(len(line), 200)], args: args, sent: start[0] == 's'})
		call = &calls[len(calls)-1]
	}
	return calls
}
