package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/lab"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// rootlessShell starts a shell in which labs need no root, if the kernel allows
// user namespaces. README and docs/ contain it, too.
const rootlessShell = `unshare -Urnm sh -c 'mount -t tmpfs tmpfs /run && exec "${SHELL:-sh}"'`

// hinted makes a command add advice to a permission error. Exit statuses in
// besides mean errors that have other causes, such as an unreadable file.
func hinted(cmd *cobra.Command, besides ...int) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return asRoot(run(cmd, args), besides...) }
	return cmd
}

// asRoot adds advice to a permission error.
func asRoot(err error, besides ...int) error {
	if !isDenied(err, besides...) {
		return err
	}
	hint := privileges().hint()
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w\n%s", err, hint)
}

// isDenied reports whether an error is a permission error of nslab. It is not
// if a program may not be executed.
func isDenied(err error, besides ...int) bool {
	var se *statusError
	return errors.Is(err, fs.ErrPermission) && !(errors.As(err, &se) && slices.Contains(append(besides, exitNotExecutable), se.status))
}

// privilege is what this process is permitted to do.
type privilege struct {
	root    bool     // its user id is 0
	initial bool     // it is in the machine's user namespace
	missing []string // capabilities that labs need
	run     bool     // it may write where labs are kept
}

func privileges() privilege {
	p := privilege{root: os.Geteuid() == 0, initial: isInitialUserNS()}
	if caps, err := effectiveCaps(); err == nil {
		p.missing = missingCaps(caps)
	}
	at, _ := nearest(lab.DefaultRoot)
	p.run = unix.Access(at, unix.W_OK|unix.X_OK) == nil
	return p
}

// hint returns advice, "" if there is nothing that the user can do.
func (p privilege) hint() string {
	switch {
	case len(p.missing) > 0 && !p.root:
		return "run it as root, or in a shell that needs none:\n  " + rootlessShell
	case len(p.missing) > 0:
		return fmt.Sprintf("this root has no %s, as in a container: give it that, or use a shell that has it:\n  %s", strings.Join(p.missing, " and no "), rootlessShell)
	case !p.initial && !p.run:
		return "root of a user namespace may not write to the machine's /run; start the shell with its own /run:\n  " + rootlessShell
	}
	return ""
}

// isInitialUserNS reports whether the process is in the first user namespace,
// whose map contains all ids (user_namespaces(7)).
func isInitialUserNS() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(b)), " ") == "0 0 4294967295"
}

// missingCaps returns the capabilities that labs need and that are not in caps.
func missingCaps(caps uint64) (missing []string) {
	for _, c := range []struct {
		bit  int
		name string
	}{{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}} {
		if caps&(1<<c.bit) == 0 {
			missing = append(missing, c.name)
		}
	}
	return missing
}
