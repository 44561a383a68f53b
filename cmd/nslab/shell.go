package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func (a *app) shell() *cobra.Command {
	var flag string
	cmd := &cobra.Command{
		Use:   "shell [LAB/]NODE",
		Short: "Start a shell in a node",
		Long: `Start $SHELL, or /bin/sh, in a node. Its prompt and its host name, NODE.LAB, say
where it is. Everything else, exit statuses included, is as with "nslab exec".`,
		Example: `  nslab shell seed/net0`,
		Args:    arguments(between(1, 1)),

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
	where := n.Lab().Name() + "/" + n.Name
	c, err := n.Command(context.WithoutCancel(cmd.Context()), sh)
	if err != nil {
		return own(err)
	}
	c.Env = append(c.Env, "PS1="+prompt(where))
	rc, err := bashRC(cmd, c.Path, where)
	if err != nil {
		return own(errors.Join(err, c.Close()))
	}
	if rc != nil {
		defer rc.Close()
		c.Args = append(c.Args, "--rcfile", "/proc/self/fd/"+strconv.Itoa(int(rc.Fd())))
	}
	return a.become(cmd, c)
}

// prompt returns a prompt that shells like sh(1) take from the environment.
func prompt(where string) string {
	sign := "$"
	if os.Geteuid() == 0 {
		sign = "#"
	}
	return "[" + where + "] " + sign + " "
}

// bashRC returns a file for bash to read at its start, nil for another shell.
// bash sets its prompt in ~/.bashrc, so the file reads that first and then puts
// the node before the prompt. The file is in memory. The shell inherits it, and
// it disappears when it has been read.
func bashRC(cmd *cobra.Command, shell, where string) (*os.File, error) {
	if filepath.Base(shell) != "bash" || !terminal(cmd.InOrStdin()) {
		return nil, nil // a shell that is not interactive has no prompt
	}
	fd, err := unix.MemfdCreate("nslab-shell", 0)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "nslab-shell")
	// Names of labs and nodes contain no characters that are special in a
	// shell.
	_, err = fmt.Fprintf(f, `exec %d<&-
[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc
[ -r ~/.bashrc ] && . ~/.bashrc
case $PS1 in *'[%s]'*) ;; *) PS1="[%s] $PS1" ;; esac
`, fd, where, where)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
