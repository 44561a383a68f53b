package main

import (
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/trace"
)

const (
	commandsDir    = "testdata/commands"
	commandsScript = commandsDir + "/commands.sh"
	specsDir       = "testdata/specs"

	// decode looks at all messages except this attribute: tc sends
	// uninitialised memory after the word of "action simple".
	namedWhere = "not attr TCA_DEF_DATA"
)

var thinCommands = flag.String("thin-commands", "", "write what is new in the recording in `FILE` to a file of its name in testdata/commands")

// commandPrograms are the programs of commands.sh, with the minimum number of
// commands of each.
var commandPrograms = map[string]int{"ip": 250, "tc": 90, "nft": 50, "ethtool": 50, "bridge": 40, "ss": 15, "devlink": 45}

func TestCommandsScript(t *testing.T) {
	script, err := os.ReadFile(commandsScript)
	if err != nil {
		t.Fatal(err)
	}
	for program, least := range commandPrograms {
		if n := strings.Count(string(script), "\n"+program+" "); n < least {
			t.Errorf("%d commands of %s, want %d", n, program, least)
		}
	}
}

// TestCommandsAreNamed checks that everything which the programs of commands.sh
// sent and received on several kernels has a name.
func TestCommandsAreNamed(t *testing.T) {
	if *thinCommands != "" {
		thinFile(t, *thinCommands)
	}
	files := commandRecordings(t)
	for _, file := range files {
		for _, protocol := range []string{"ROUTE", "GENERIC", "NETFILTER", "SOCK_DIAG"} {
			namedIn(t, namedWhere+" and protocol="+protocol, file)
		}
	}
	for program := range commandPrograms {
		namedIn(t, namedWhere+" and program="+program, files...)
	}
}

// TestDevlinkIsNamed decodes what a device answers to the commands of devlink
// and ethtool. The kernel's specification of devlink lacks some of it;
// devlink/unknown.txt lists that.
func TestDevlinkIsNamed(t *testing.T) {
	want, err := os.ReadFile(commandsDir + "/devlink/unknown.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	root := (&app{}).root()
	root.SetArgs([]string{"decode", "--unknown", "--spec", specsDir, commandsDir + "/devlink/linux-6.12.jsonl"})
	root.SetOut(&out)
	if err := root.Execute(); err != nil || out.String() != string(want) {
		t.Errorf("%v\n%s, want\n%s", err, out.String(), want)
	}
}

// commandRecordings returns the files of recordings.
func commandRecordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(commandsDir + "/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	return files
}

// TestIntegrationCommandsAreNamed runs the commands and checks that everything
// that they send to this kernel has a name.
func TestIntegrationCommandsAreNamed(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "tc", "nft", "ss", "ethtool", "devlink", "dcb", "genl", "unshare")
	file := filepath.Join(t.TempDir(), "commands.jsonl")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := record.NewJSONWriter(f)
	if err != nil {
		t.Fatal(err)
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal(err)
	}
	const run = "mount -t tmpfs tmpfs /run && exec sh " + commandsScript
	command := &trace.Command{Path: unshare, Args: []string{"unshare", "-nm", "sh", "-c", run}}
	var written error
	tr, err := trace.Start(command, trace.Options{Every: true}, func(e *audit.Event) { written = errors.Join(written, w.Write(e)) })
	if errors.Is(err, trace.ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if status, err := tr.Wait(); err != nil || status != 0 {
		t.Fatalf("status %d, %v", status, err)
	}
	if written != nil {
		t.Fatal(written)
	}
	namedIn(t, namedWhere, file)
}

// namedIn checks that decode finds messages in files for which a condition
// holds, and names everything in them.
func namedIn(t *testing.T, where string, files ...string) {
	t.Helper()
	var out strings.Builder
	root := (&app{}).root()
	root.SetArgs(append([]string{"decode", "--unknown", "--spec", specsDir, "--where", where}, files...))
	root.SetOut(&out)
	if err := root.Execute(); err != nil {
		t.Errorf("%s, %s: %v", files, where, err)
		return
	}
	found := regexp.MustCompile(`^0 unknown in ([1-9]\d*) messages\n$`).MatchString(out.String())
	if !found {
		t.Errorf("%s, %s:\n%s", files, where, out.String())
	}
}

// thinFile writes to a file of the same name in testdata/commands those
// messages of a recording that contain something, by type, attribute and named
// value, which is in no earlier message and in none of the other files.
func thinFile(t *testing.T, name string) {
	t.Helper()
	thin := thinner{seen: map[string]bool{}, pids: map[int]int{}}
	if err := addSpecs(&thin.Families, specsDir); err != nil {
		t.Fatal(err)
	}
	thinned := filepath.Join(commandsDir, strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))+".jsonl")
	for _, other := range commandRecordings(t) {
		if other != thinned {
			thin.read(t, other, func(*audit.Event) error { return nil })
		}
	}
	// The numbers of families are this kernel's.
	maps.DeleteFunc(thin.seen, func(what string, _ bool) bool { return strings.Contains(what, "CTRL_CMD_NEWFAMILY") })
	out, err := os.Create(thinned)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := record.NewJSONWriter(out)
	if err != nil {
		t.Fatal(err)
	}
	thin.read(t, name, w.Write)
}

// thinner knows what earlier messages contained.
type thinner struct {
	audit.Decoder
	seen map[string]bool
	pids map[int]int
	at   int
}

// read passes to write what is kept of the recording in a file.
func (th *thinner) read(t *testing.T, name string, write func(*audit.Event) error) {
	t.Helper()
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := record.Open(in, record.Options{})
	for err == nil {
		var e audit.Event
		if err = r.Read(&e); err != nil {
			break
		}
		for _, kept := range th.keep(&e) {
			err = errors.Join(err, write(kept))
		}
	}
	if err != io.EOF {
		t.Fatalf("%s: %v", name, err)
	}
}

// keep returns the messages of e that contain something new, each as an event
// of its own.
func (th *thinner) keep(e *audit.Event) (kept []*audit.Event) {
	messages, _ := th.Decode(e)
	data := e.Data
	for i := range messages {
		m := &messages[i]
		n := min(len(data), int(m.Header.Len+3)&^3)
		bytes := data[:n]
		data = data[n:]
		if !th.isNew(e, m) {
			continue
		}
		th.at++
		if th.pids[e.PID] == 0 {
			th.pids[e.PID] = len(th.pids) + 1
		}
		one := &audit.Event{
			Op: e.Op, Time: time.Date(2026, 1, 2, 3, 4, 5, 1000*th.at, time.UTC), Process: e.Process, Socket: e.Socket,
			Multicast: e.Multicast, Room: -1, Length: len(bytes), Data: bytes,
		}
		one.PID, one.TID, one.FD, one.NetNS, one.NetNSCookie, one.NetNSInode = th.pids[e.PID], 0, -1, "", 0, 0
		kept = append(kept, one)
	}
	return kept
}

// isNew marks the content of m as seen, and reports whether some of it was new.
func (th *thinner) isNew(e *audit.Event, m *audit.Message) (isNew bool) {
	see := func(what string) {
		if !th.seen[what] {
			th.seen[what], isNew = true, true
		}
	}
	name := e.Op.String() + " " + strconv.Itoa(m.Protocol) + " " + m.Name
	if m.Ack != nil {
		name += " " + m.Ack.Name
	}
	if m.Name == "CTRL_CMD_NEWFAMILY" { // only these have numbers of families
		for _, v := range m.Attrs {
			if family, ok := v.Content.(string); ok {
				name += " " + family
			}
		}
	}
	see(e.Program + " " + name)
	see(name + " " + strings.Join(m.Flags, "|"))
	var walk func(path string, values []audit.Value)
	walk = func(path string, values []audit.Value) {
		for _, v := range values {
			at := path + "/" + v.Name
			if _, err := strconv.Atoi(v.Name); err == nil && v.Known {
				at = path + "/#" // an element
			}
			see(at + "=" + strings.Join(v.Names, "|"))
			walk(at, v.Fields)
		}
	}
	walk(name, slices.Concat(m.Fields, m.Attrs))
	return isNew
}
