package rules

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/audit/record"
	"github.com/nslab/nslab/trace"
)

// patience bounds waits that should never take long. It only delays a failure.
const patience = time.Minute

// judgeLive runs one of the programs and judges it.
func judgeLive(t *testing.T, name string) Report {
	t.Helper()
	j := NewJudge(All())
	j.Records(Everything)
	tr, err := trace.Start(&trace.Command{
		Path: "/proc/self/exe", Args: []string{"program"}, Env: append(os.Environ(), programEnv+"="+name),
	}, trace.Options{}, func(e *audit.Event) { j.Event(e) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, tr.Stop)
	defer stop()
	status, err := tr.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if status != 0 {
		t.Fatalf("the program ended with %#x", status)
	}
	return j.End()
}

// Each program breaks exactly the rule that it should. A rule whose findings
// may be less grave says so.
func TestRulesPrograms(t *testing.T) {
	broken := map[string]bool{}
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			r := judgeLive(t, p.name)
			var got []string
			for _, f := range r.Findings {
				if !slices.Contains(got, f.Rule.ID) {
					got = append(got, f.Rule.ID)
				}
			}
			if strings.Join(got, " ") != p.want {
				t.Errorf("rules broken: %q, want %q", got, p.want)
			}
			for _, f := range r.Findings {
				if less := "a " + f.Severity.String(); f.Severity != f.Rule.Severity && !strings.Contains(f.Rule.Reason, less) {
					t.Errorf("%s does not say when it is %s", f.Rule.ID, less)
				}
				t.Logf("%s %s, event %d, %d times: %s", f.Severity, f.Rule.ID, f.Event, f.Count, f.Text)
			}
			if len(r.Unchecked) != 0 || len(r.Lost) != 0 {
				t.Errorf("not checked: %v, not recorded: %q", r.Unchecked, r.Lost)
			}
		})
		broken[p.want] = true
	}
	for _, r := range All() {
		if !broken[r.ID] {
			t.Errorf("no program breaks %s", r.ID)
		}
	}
}

// The texts of rules fit their lists and are complete.
func TestRulesTexts(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range All() {
		switch {
		case ids[r.ID]:
			t.Errorf("%s: two rules have this name", r.ID)
		case r.Severity < Hint || r.Severity > Error:
			t.Errorf("%s: severity %d", r.ID, r.Severity)
		case r.Summary == "" || len(r.ID) > 17 || len(r.Summary) > 80-17-2-8-2 || strings.HasSuffix(r.Summary, "."):
			t.Errorf("%s: summary %q", r.ID, r.Summary)
		case !strings.HasSuffix(r.Reason, "."):
			t.Errorf("%s: reason %q", r.ID, r.Reason)
		case len(r.Sources) == 0:
			t.Errorf("%s: no sources", r.ID)
		case Find(r.ID) != r:
			t.Errorf("%s: Find does not find it", r.ID)
		}
		ids[r.ID] = true
	}
}

// A recording of many programs, one after another, gives the same findings as
// the programs.
func TestRulesRecorded(t *testing.T) {
	f, err := os.Open("testdata/mistakes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	j, r := NewJudge(All()), record.NewJSONReader(f)
	for {
		var e audit.Event
		if err := r.Read(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		j.Event(&e)
	}
	var got []string
	report := j.End()
	for _, f := range report.Findings {
		got = append(got, f.Severity.String()+" "+f.Rule.ID)
	}
	slices.Sort(got)
	want := []string{
		"error ack-unread", "error dump-overlap", "error nested-flag", "error overrun-no-resync", "error sender", "error truncated",
		"hint byte-order", "warning attr-length", "warning duplicate-attr", "warning filter-ignored", "warning leftover-bytes",
		"warning no-ack", "warning port-id", "warning port-id", "warning seq-reused",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if len(report.Unchecked) != 0 {
		t.Errorf("not checked: %v", report.Unchecked)
	}
}

// The groups that a socket was in before it was seen count as those that it joins.
func TestRulesFoundGroups(t *testing.T) {
	j := NewJudge([]*Rule{&overrun})
	j.Records(Everything)
	socket := audit.Socket{Inode: 7, PortID: 7, Protocol: unix.NETLINK_ROUTE}
	addresses := msg(unix.RTM_GETADDR, unix.NLM_F_DUMP, 1, make([]byte, 8))
	for _, e := range []audit.Event{
		{Op: audit.OpFound, Groups: []uint32{unix.RTNLGRP_LINK}}, {Op: audit.OpReceive, Errno: unix.ENOBUFS},
		{Op: audit.OpSend, Data: addresses, Length: len(addresses)}, {Op: audit.OpReceive},
	} {
		e.Socket, e.Process, e.Room = socket, audit.Process{PID: 1, TID: 1}, -1
		j.Event(&e)
	}
	r := j.End()
	const want = "notifications were lost (ENOBUFS), and the program went on with a dump of something else"
	if len(r.Findings) != 1 || r.Findings[0].Text != want {
		t.Errorf("got %+v", r.Findings)
	}
}

// Lost packets cannot be read again, so their loss is only a hint. How the
// socket got them may have been seen or not.
func TestRulesLostPackets(t *testing.T) {
	bind := msg(subsysLog<<8|1, unix.NLM_F_ACK, 1, []byte{0, 0, 0, 5}, []byte{5, 0, 1, 0, 1, 0, 0, 0}) // NFULNL_MSG_CONFIG, NFULNL_CFG_CMD_BIND
	packet := msg(subsysQueue<<8, 0, 0, []byte{unix.AF_INET, 0, 0, 5})
	for _, first := range []audit.Event{
		{Op: audit.OpSend, Data: bind, Length: len(bind)}, {Op: audit.OpReceive, Data: packet, Length: len(packet)},
	} {
		j := NewJudge([]*Rule{&overrun})
		j.Records(Everything)
		for _, e := range []audit.Event{
			first, {Op: audit.OpReceive, Errno: unix.ENOBUFS}, {Op: audit.OpReceive, Data: packet, Length: len(packet)},
			{Op: audit.OpReceive, Errno: unix.ENOBUFS}, {Op: audit.OpReceive},
		} {
			e.Socket, e.Process, e.Room = audit.Socket{Inode: 7, PortID: 7, Protocol: unix.NETLINK_NETFILTER}, audit.Process{PID: 1, TID: 1}, -1
			j.Event(&e)
		}
		r := j.End()
		if len(r.Findings) != 1 || r.Findings[0].Severity != Hint || r.Findings[0].Count != 2 || r.Findings[0].Event != 2 {
			t.Errorf("got %+v", r.Findings)
		}
	}
}

// No recording makes a Judge panic, and its report stays within bounds.
func FuzzJudge(f *testing.F) {
	b, err := os.ReadFile("testdata/mistakes.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	// Short inputs work better for the fuzzer.
	lines := bytes.SplitAfter(b, []byte("\n"))
	for part := range slices.Chunk(lines[1:], 8) {
		part = slices.DeleteFunc(slices.Clone(part), func(line []byte) bool { return len(line) > 1500 })
		f.Add(append(slices.Clone(lines[0]), bytes.Join(part, nil)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		j := NewJudge(All())
		r := record.NewJSONReader(bytes.NewReader(b))
		for {
			var e audit.Event
			if r.Read(&e) != nil {
				break
			}
			j.Event(&e)
		}
		report := j.End()
		for _, found := range report.Findings {
			if found.Rule == nil || found.Text == "" || found.Count < 1 || found.Event < 1 || found.Event > report.Events {
				t.Errorf("finding %+v", found)
			}
		}
	})
}
