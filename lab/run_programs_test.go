package lab

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

func TestIntegrationRun(t *testing.T) {
	up(t, nil, base)
	l := openLab(t, "t")
	nodes, err := l.Match("[ab]")
	if err != nil || len(nodes) != 2 {
		t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	out := make(map[string]*strings.Builder)
	for _, n := range nodes {
		out[n.Name] = new(strings.Builder)
	}
	opts := RunOptions{Output: func(n *LabNode) (io.Writer, io.Writer) { return out[n.Name], nil }}
	results := Run(bg, nodes, opts, "sh", "-c", `echo $NSLAB_LAB/$NSLAB_NODE; test $NSLAB_NODE = a`)
	if len(results) != 2 || results[0].Node.Name != "a" || results[0].Err != nil {
		t.Errorf("a ended with %v", results[0].Err)
	}
	var exit *exec.ExitError
	if !errors.As(results[1].Err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("b ended with %v", results[1].Err)
	}
	if out["a"].String() != "t/a\n" || out["b"].String() != "t/b\n" {
		t.Errorf("a said %q, b %q", out["a"], out["b"])
	}
	if r := Run(bg, nodes, RunOptions{Jobs: 1}, "no-such-program"); !errors.Is(r[0].Err, exec.ErrNotFound) || !errors.Is(r[1].Err, exec.ErrNotFound) {
		t.Errorf("got %v, %v", r[0].Err, r[1].Err)
	}
	if _, err := l.Match("["); err == nil {
		t.Error("a bad pattern is no error")
	}
	if _, err := l.Match("x*"); !errors.Is(err, ErrNoNode) {
		t.Errorf("a pattern without a match: %v", err)
	}
}
