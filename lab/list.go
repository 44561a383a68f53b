package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/mountinfo"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// Info describes a lab for List.
type Info struct {
	// Name is the lab's name.
	Name string `json:"name"`
	// Phase is PhaseBroken if the state cannot be read, is of another boot, or
	// says that the lab is up although nothing is mounted. It is
	// PhaseUnreadable if this user may not read it.
	Phase Phase `json:"phase"`
	// Problem says why the lab is broken or cannot be read.
	Problem string `json:"problem,omitempty"`
	// The other fields are those of State, zero where that is not known.
	Source  string    `json:"source,omitempty"`
	Nodes   int       `json:"nodes"`
	Links   int       `json:"links"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
}

// List returns the labs of this machine, including broken ones, sorted by name.
// It takes no locks.
func List(cfg *Config) ([]Info, error) {
	cfg = cfg.orDefault()
	entries, err := os.ReadDir(string(cfg.root()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, labdir.LeadsNowhere(string(cfg.root()))
	}
	if err != nil {
		return nil, err
	}
	if err := labdir.CheckProc(); err != nil {
		return nil, err
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	var labs []Info
	for _, e := range entries {
		if e.IsDir() && topology.CheckName(e.Name()) == nil {
			labs = append(labs, info(cfg, e.Name(), boot))
		}
	}
	return labs, nil
}

func info(cfg *Config, name, boot string) Info {
	in := Info{Name: name, Phase: PhaseBroken}
	p, err := cfg.root().Look(name)
	if err != nil {
		in.unread(err)
		return in
	}
	defer p.Close() //nolint:errcheck // nothing was written
	st, err := readState(p)
	if err != nil {
		in.unread(err)
		return in
	}
	in.Source, in.Nodes, in.Links, in.Created, in.Changed = st.Source, st.Nodes, st.Links, st.Created, st.Changed
	mounted, err := p.IsMounted()
	switch {
	case err != nil:
		in.unread(err)
	case st.Version == 0 && !mounted:
		in.Phase = PhaseCreating // nothing has been made, or is being made right now
	case st.Version == 0:
		in.Problem = "it has no state"
	case st.BootID != boot:
		in.Problem = "it is from before a reboot; only its files are left"
	case !mounted && st.Phase == PhaseUp:
		in.Problem = "its namespaces are gone"
	default:
		in.Phase = st.Phase
	}
	return in
}

// unread says why a lab's state could not be read. That this user may not says
// nothing about the lab.
func (in *Info) unread(err error) {
	in.Problem = err.Error()
	if errors.Is(err, fs.ErrPermission) {
		in.Phase = PhaseUnreadable
		if os.Geteuid() != 0 {
			in.Problem += "; run it as root"
		}
	}
}

// A Leftover looks like a part of a lab but belongs to none.
type Leftover struct {
	// What is "mount", "name" or "directory".
	What string `json:"what"`
	// Path is where it is.
	Path string `json:"path"`
	// Why says what is missing.
	Why string `json:"why"`
	// Fix is the command that removes it.
	Fix string `json:"fix"`
}

// Leftovers finds namespaces, mounts and files of labs whose state is lost.
func Leftovers(cfg *Config) ([]Leftover, error) {
	cfg = cfg.orDefault()
	labs, err := List(cfg)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool)
	var left []Leftover
	for _, l := range labs {
		known[l.Name] = l.Phase != PhaseBroken
		if l.Phase == PhaseBroken {
			left = append(left, Leftover{"directory", cfg.dir(l.Name), l.Problem, "nslab down " + l.Name})
		}
	}
	mounts, err := labMounts()
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if labdir.IsOwnMount(strings.TrimPrefix(m.path, cfg.dir(m.lab)+"/")) && (known[m.lab] || hasLab(labs, m.lab)) {
			continue
		}
		left = append(left, Leftover{"mount", m.path, fmt.Sprintf("no lab %q is kept here", m.lab), "umount -l " + plain.ShellWord(m.path)})
	}
	names, err := deadNames(cfg)
	left = append(left, names...)
	slices.SortFunc(left, func(a, b Leftover) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Path, b.Path)) })
	return left, err
}

func hasLab(labs []Info, name string) bool {
	return slices.ContainsFunc(labs, func(l Info) bool { return l.Name == name })
}

type labMount struct{ lab, path string }

// labMounts returns the mounts of labs, by their source.
func labMounts() ([]labMount, error) {
	all, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		return nil, err
	}
	var mounts []labMount
	for _, m := range all {
		if name, ok := strings.CutPrefix(m.Source, "nslab:"); ok && m.Type == "tmpfs" {
			mounts = append(mounts, labMount{name, m.Path})
		}
	}
	return mounts, nil
}

// deadNames finds symlinks in /run/netns that lead to labs and to nothing.
func deadNames(cfg *Config) ([]Leftover, error) {
	names, err := nodename.In(cfg.netns(), string(cfg.root()))
	if err != nil {
		return nil, err
	}
	var left []Leftover
	for _, n := range names {
		if _, err := os.Stat(n.At); errors.Is(err, fs.ErrNotExist) {
			left = append(left, Leftover{"name", n.At, "it leads to " + n.Target + ", which is not there", "rm " + plain.ShellWord(n.At)})
		}
	}
	return left, nil
}
