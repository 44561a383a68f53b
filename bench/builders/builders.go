// Package builders has the programs that build and remove a lab: nslab, floor,
// and what people would use instead, each used as its own documentation shows.
// Each runs as a separate process from start to end.
package builders

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/bench/topo"
)

// A Builder makes labs.
type Builder struct {
	Name    string
	Version string
	// Up and Down write the files that they need into a directory, and return
	// the command lines.
	Up, Down func(dir string, t *topo.Topo) ([]string, error)
	// Missing are the fields of the final state, as ip -j names them, that the
	// builder does not set, usually because it cannot.
	Missing []string
	// Only is the only topology that the builder can make; "" means all.
	Only string
	// Foreign says that the namespaces are not in /run/netns but belong to
	// processes, which the builder keeps until it is told to end.
	Foreign bool
}

// Can reports whether the builder can make a lab.
func (b *Builder) Can(t *topo.Topo) bool { return b.Only == "" || b.Only == t.ID }

// Tools are the programs that builders need.
type Tools struct {
	Nslab, Floor string
	Self         string // this program, which is also the process of the Go libraries
}

// All returns the builders that work on this machine, and why the others do
// not.
func All(ctx context.Context, tools Tools) (all []Builder, lacking []string) {
	for _, find := range []func(context.Context, Tools) (Builder, error){
		nslab, floor, vishvananda, jsimonetti, bash, batch, pyroute2, mininet,
	} {
		b, err := find(ctx, tools)
		if err != nil {
			lacking = append(lacking, fmt.Sprintf("%s: %v", b.Name, err))
			continue
		}
		all = append(all, b)
	}
	return all, lacking
}

func output(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			last := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
			return "", fmt.Errorf("%s: %w: %s", args[0], err, last[len(last)-1])
		}
		return "", err
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), nil
}

func nslab(ctx context.Context, tools Tools) (Builder, error) {
	b := Builder{
		Name: "nslab",
		Up: func(dir string, t *topo.Topo) ([]string, error) {
			file, err := write(dir, "lab.yaml", t.YAML())
			return []string{tools.Nslab, "up", file}, err
		},
		Down: func(_ string, t *topo.Topo) ([]string, error) { return []string{tools.Nslab, "down", t.Kind}, nil },
	}
	var err error
	b.Version, err = output(ctx, tools.Nslab, "version")
	return b, err
}

func floor(_ context.Context, tools Tools) (Builder, error) {
	return Builder{
		Name:    "floor",
		Version: "bench/floor",
		Up:      func(_ string, t *topo.Topo) ([]string, error) { return FloorArgs(tools.Floor, "up", t), nil },
		Down:    func(_ string, t *topo.Topo) ([]string, error) { return FloorArgs(tools.Floor, "down", t), nil },
	}, nil
}

// FloorArgs returns floor's command line for a lab.
func FloorArgs(floor, verb string, t *topo.Topo, flags ...string) []string {
	args := []string{floor, verb, t.Kind, fmt.Sprint(t.N)}
	if t.IPv6 {
		args = append(args, "-gen=kernel", "-port-gen=kernel", "-bridge6=on")
	}
	if t.Queues > 0 {
		args = append(args, "-queues=kernel")
	}
	return append(args, flags...)
}

func write(dir, name string, data []byte) (string, error) {
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, data, 0o600)
}
