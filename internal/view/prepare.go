package view

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// prepare makes a program see what its node gives it besides a network: see
// nsfs.Cmd.Prepare. program is what was asked for, which may be a name to be
// found in what the program sees.
func (v *View) prepare(node int, program string, cmd *nsfs.Cmd) error {
	n := &v.t.Nodes[node]
	// The program is looked for in the node's view.
	find := !strings.Contains(program, "/")
	if find {
		cmd.Err = nil
	}
	inherited := len(cmd.Env) - len(v.Environ(node))
	mounts, err := accountsOf(n)
	if err != nil {
		return fmt.Errorf("node %q: %w", n.Name, err)
	}
	own := mountsOf(n, v.sources)
	mounts = slices.DeleteFunc(mounts, func(m mount) bool {
		return slices.ContainsFunc(own, func(o mount) bool { return isAccounts(o.target) && o.kind != isOverlay })
	})
	mounts = append(mounts, own...)
	order(mounts) // an overlay of /etc comes before them
	for i := range mounts {
		if m := &mounts[i]; m.kind == isFile {
			if m.content, err = v.sources.contentOf(&m.file, v.lab, node); err != nil {
				return fmt.Errorf("node %q: %w", n.Name, err)
			}
		}
	}
	// A file that the lab file mounts itself is not also nslab's.
	cmd.Files = slices.DeleteFunc(cmd.Files, func(f nsfs.File) bool {
		return slices.ContainsFunc(mounts, func(m mount) bool { return m.target == f.Target })
	})
	cwd, err := os.Getwd()
	if err != nil {
		cwd = ""
	}
	cmd.Prepare = func(mount func() error) error {
		m := &mounter{own: v.own, node: n.Name, oldRoot: -1}
		if err := m.mountAll(mounts); err != nil {
			return fmt.Errorf("node %q: %w", n.Name, err)
		}
		if err := m.makeTargets(cmd.Files); err != nil {
			return fmt.Errorf("node %q: %w", n.Name, err)
		}
		if err := mount(); err != nil {
			return err
		}
		if err := chdir(cmd, n.WorkingDir, cwd, mounts); err != nil {
			return fmt.Errorf("node %q: %w", n.Name, err)
		}
		if n.User != "" {
			if err := become(cmd, n.User, inherited); err != nil {
				return fmt.Errorf("node %q: user: %w", n.Name, err)
			}
		}
		if find {
			path, err := lookPath(program, cmd.Env)
			if err != nil {
				return err
			}
			cmd.Path = path
		}
		return nil
	}
	return nil
}

// chdir moves the calling thread to where the program is to start, which it may
// do where the program's user may not. cwd is where nslab itself is, "" if that
// cannot be told, and mounts are what may hide the directory.
func chdir(cmd *nsfs.Cmd, workingDir, cwd string, mounts []mount) error {
	dir, what := cmd.Dir, "directory"
	switch {
	case workingDir != "":
		dir, what = workingDir, "working_dir"
		cmd.Env = append(cmd.Env, "PWD="+dir)
	case dir == "" && cwd == "":
		return nil
	case dir == "":
		// What was the working directory may be below a mount by now, or gone.
		if unix.Chdir(cwd) == nil {
			return nil
		}
		dir = "/"
	case !filepath.IsAbs(dir) && cwd != "":
		dir = filepath.Join(cwd, dir)
	}
	cmd.Dir = ""
	if err := unix.Chdir(dir); err != nil {
		if i := hides(mounts, filepath.Clean(dir)); i >= 0 {
			return fmt.Errorf("%s %s: %w; what the node sees there is %s", what, plain.Name(dir), named(err), mounts[i].words())
		}
		return fmt.Errorf("%s %s: %w", what, plain.Name(dir), named(err))
	}
	return nil
}

// become gives a program a user, and the variables that go with it in place of
// those that nslab has inherited, the first of its environment.
func become(cmd *nsfs.Cmd, spec string, inherited int) error {
	u, err := findUser(spec)
	if err != nil {
		return err
	}
	cred, err := credential(u)
	if err != nil {
		return err
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Credential = cred
	cmd.Env = slices.Insert(cmd.Env, inherited, homeOf(u, spec)...)
	return nil
}

// makeTargets makes files that others are mounted on, where they are missing in
// a directory of the node's own.
func (m *mounter) makeTargets(files []nsfs.File) error {
	defer plainModes()()
	for _, f := range files {
		at, missing, err := walk(f.Target)
		if err != nil {
			continue // which mounting says again
		}
		if own, err := m.isOwn(at); err == nil && own && len(missing) > 0 {
			if err := makePlace(at, missing, false); err != nil {
				unix.Close(at)
				return fmt.Errorf("make %s: %w", f.Target, err)
			}
		}
		unix.Close(at)
	}
	return nil
}

// lookPath finds a program in the directories of PATH in an environment, as
// exec.LookPath does in that of this process.
func lookPath(program string, env []string) (string, error) {
	path := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			path = v
		}
	}
	failed := exec.ErrNotFound
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // as exec.LookPath: not from where the caller happens to be
		}
		file := filepath.Join(dir, program)
		fi, err := os.Stat(file)
		if err != nil || fi.IsDir() {
			continue
		}
		if unix.Access(file, unix.X_OK) == nil {
			return file, nil
		}
		if errors.Is(failed, exec.ErrNotFound) {
			failed = fs.ErrPermission
		}
	}
	return "", &exec.Error{Name: program, Err: failed}
}
