package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Without b in the file, processes in b keep up from doing anything, and are
// told by plan. --kill ends them, and no others.
func TestIntegrationDropped(t *testing.T) {
	up(t, nil, twoNodes)
	pid, ended := inNode(t, "b", nil, "/bin/sh", "-c", "echo; exec sleep 1000")
	other, otherEnded := inNode(t, "a", nil, "/bin/sh", "-c", "echo; exec sleep 1000")
	const one = "name: t\nnodes:\n  a: {}\n"
	plan, err := PlanUp(bg, parse(t, one), nil, UpOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("process %d in b: sleep: its node is removed, for which up needs --kill", pid)
	if notes := plan.Notes(); !slices.Equal(notes, []string{want}) {
		t.Errorf("the plan notes %q, want %q", notes, want)
	}
	b, err := json.Marshal(plan)
	if want := fmt.Sprintf(`"dropped":[{"pid":%d,"node":"b","command":"sleep"}]`, pid); err != nil || !strings.Contains(string(b), want) {
		t.Errorf("%v: the plan has no %s: %s", err, want, b)
	}
	var pe *ProcessesError
	if _, err := Up(bg, parse(t, one), nil, UpOptions{}); !errors.As(err, &pe) || len(pe.Processes) != 1 || pe.Processes[0].PID != pid || !slices.Equal(pe.Dropped, []string{"b"}) {
		t.Fatalf("up: %v", err)
	}
	if want := `lab "t": the file drops node "b", where 1 process runs; end it, or use --kill:`; !strings.HasPrefix(pe.Error(), want) {
		t.Errorf("up says %q, want %q", pe, want)
	}
	settled(t, nil, twoNodes)

	// Undone, the node is there, and its processes are not.
	re := undone(t, one, UpOptions{Kill: true})
	if len(re.Ended) != 1 || re.Ended[0].PID != pid {
		t.Errorf("the error names %v", re.Ended)
	}
	wasEnded(t, ended)
	settled(t, nil, twoNodes)

	_, ended = inNode(t, "b", nil, "/bin/sh", "-c", "echo; exec sleep 1000")
	if _, err := Up(bg, parse(t, one), nil, UpOptions{Kill: true}); err != nil {
		t.Fatal(err)
	}
	wasEnded(t, ended)
	settled(t, nil, one)
	select {
	case err := <-otherEnded:
		t.Errorf("process %d in a has ended: %v", other, err)
	default:
	}
}

// A program that is about to enter a node is waited for by an up that removes
// that, and seen. One that comes later enters no node that is not there any
// more.
func TestIntegrationDroppedAndEnter(t *testing.T) {
	up(t, nil, twoNodes)
	n, err := Find("b", "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Lab().Close()
	late, err := n.Command(bg, "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	one := parse(t, "name: t\nnodes: {a: {}}\n")
	refusedWhileEntering(t, n, func() error {
		_, err := Up(bg, one, nil, UpOptions{})
		return err
	})
	if _, err := Up(bg, one, nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := late.Run(); err == nil || !strings.Contains(err.Error(), `the namespace of node "b" is gone`) {
		t.Errorf("a program in a node that has been removed: %v", err)
	}
}
