package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// insideVerb is the verb that a shell in a node begins as.
const insideVerb = "shell-inside"

func (a *app) shell() *cobra.Command {
	var flag string
	cmd := &cobra.Command{
		Use:   "shell [LAB/]NODE",
		Short: "Start a shell in a node",
		Long: `Start $SHELL, or /bin/sh, in a node. Its prompt and its host name, NODE.LAB, say
where it is. Everything else, exit statuses included, is as with "nslab exec".`,
		Example: `  nslab shell seed/net0`,
		Args:    arguments(cobra.ExactArgs(1)),

		ValidArgsFunction: a.nodeThen(nothing),
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runShell(cmd, args[0], flag) },
	}
	a.labFlag(cmd, &flag)
	return cmd
}

func (a *app) runShell(cmd *cobra.Command, word, flag string) (err error) {
	n, err := a.findNode(word, flag)
	if err != nil {
		return own(err)
	}
	defer func() { err = errors.Join(err, own(n.Lab().Close())) }()
	sh := os.Getenv("SHELL")
	if sh == "" {
		sh = "/bin/sh"
	}
	// A UTS namespace is made by the thread that becomes the shell: this
	// program once more, inside the node.
	c, err := n.Command(context.WithoutCancel(cmd.Context()), "/proc/self/exe", insideVerb, n.Lab().Name(), n.Name, sh)
	if err != nil {
		return own(err)
	}
	c.Args[0] = "nslab"
	return a.become(cmd, c)
}

// shellInside is what runs in the node first: it gives itself a host name and
// becomes the shell.
func shellInside() *cobra.Command {
	return &cobra.Command{
		Use:                insideVerb + " LAB NODE SHELL",
		Short:              "What \"nslab shell\" runs in the node",
		Hidden:             true,
		DisableFlagParsing: true,
		Args:               arguments(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return becomeShell(args[0], args[1], args[2])
		},
	}
}

// maxHostName is __NEW_UTS_LEN (include/uapi/linux/utsname.h).
const maxHostName = 64

func becomeShell(labName, node, shell string) error {
	path, err := exec.LookPath(shell)
	if err != nil {
		return notStarted(err)
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
		return own(fmt.Errorf("a host name of its own for node %q: %w", node, os.NewSyscallError("unshare", err)))
	}
	host := node + "." + labName
	if err := unix.Sethostname([]byte(host[:min(len(host), maxHostName)])); err != nil {
		return own(fmt.Errorf("host name %q: %w", host, os.NewSyscallError("sethostname", err)))
	}
	args, err := shellArgs(path, labName+"/"+node)
	if err != nil {
		return own(err)
	}
	if err := os.Setenv("PS1", prompt(labName+"/"+node)); err != nil {
		return own(err)
	}
	err = unix.Exec(path, args, os.Environ())
	return notStarted(&os.PathError{Op: "exec", Path: path, Err: err})
}

// prompt is one that each shell in the manner of sh(1) takes from the
// environment.
func prompt(where string) string {
	sign := "$"
	if os.Geteuid() == 0 {
		sign = "#"
	}
	return "[" + where + "] " + sign + " "
}

// shellArgs returns the arguments that start a shell. bash sets its prompt in
// ~/.bashrc, so it is given a file that reads that one and then puts the node in
// front of whatever prompt there is. The file is in memory, and is gone when it
// has been read.
func shellArgs(path, where string) ([]string, error) {
	if filepath.Base(path) != "bash" || !terminal(os.Stdin) {
		return []string{path}, nil // one that is not interactive has no prompt
	}
	fd, err := unix.MemfdCreate("nslab-shell", 0) // to be inherited
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	// Names of labs and nodes hold nothing that a shell would take apart.
	rc := fmt.Sprintf(`exec %d<&-
[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc
[ -r ~/.bashrc ] && . ~/.bashrc
case $PS1 in *'[%s]'*) ;; *) PS1="[%s] $PS1" ;; esac
`, fd, where, where)
	if _, err := unix.Write(fd, []byte(rc)); err != nil {
		return nil, os.NewSyscallError("write", err)
	}
	return []string{path, "--rcfile", "/proc/self/fd/" + strconv.Itoa(fd)}, nil
}
