package iproute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
)

// parseNetnsExec reads "exec NS PROGRAM ...". If the program is ip, bridge or
// brctl, this process carries out the command in the namespace. Any other
// program is started there.
func parseNetnsExec(c *Command, w *words) {
	if c.Options.All {
		argv := w.rest()
		if len(argv) == 0 {
			w.need("a program to run")
			return
		}
		c.do = func(ctx context.Context, s *Session, o *Options) error { return s.execAll(ctx, argv) }
		return
	}
	if w.err == nil && !w.more() {
		w.need("the name of a namespace")
		w.peer("No netns name specified")
	}
	ns := w.oldName()
	if w.err == nil && !w.more() {
		w.need("a program to run")
		w.peer("No command specified")
	}
	program := w.next()
	at := w.i
	args := w.rest()
	if w.err != nil {
		return
	}
	if !IsProgram(program) {
		c.do = func(ctx context.Context, s *Session, _ *Options) error {
			return s.exec(ctx, ns, append([]string{program}, args...), s.Replace)
		}
		return
	}
	inner, err := Parse(program, args, c.extra)
	if err != nil {
		var we *WordError
		if errors.As(err, &we) {
			we.Position += w.at + at - 1
		}
		w.err = err
		return
	}
	inner.enter(ns)
	if inner.do == nil {
		c.Ops, c.looks, c.Options.Echo, c.Warnings = inner.Ops, inner.looks, inner.Options.Echo, inner.Warnings
		c.first = inner.first
		c.wrap = func(err error) error {
			var none *nsfs.Error
			if errors.As(err, &none) && none.Name == ns && inner.Options.NetNS == ns {
				return &Error{Status: statusUsage, Err: err} // as for any other program
			}
			return inner.failure(err)
		}
		return
	}
	c.do = func(ctx context.Context, s *Session, _ *Options) error { return s.Do(ctx, inner) }
}

// enter moves a command into a namespace, unless it names one itself. Names
// mean the same inside.
func (c *Command) enter(ns string) {
	c.entered = true
	if c.Options.NetNS != "" {
		return
	}
	c.Options.NetNS = ns
	for i := range c.Ops {
		if c.Ops[i].NetNS == "" {
			c.Ops[i].NetNS = ns
		}
	}
}

// exec runs a program in a namespace and returns its exit status. If replace is
// set, the program replaces this process. It leaves the VRF that this process
// is in.
func (s *Session) exec(ctx context.Context, ns string, argv []string, replace bool) error {
	group, err := s.leaveVRF(ctx, ns)
	if err != nil {
		return failed(fmt.Errorf("leave the VRF: %w", err))
	}
	if group != nil {
		defer group.Close()
	}
	return s.execIn(ctx, ns, argv, replace, group)
}

// execIn does what exec does, in a cgroup unless that is nil.
func (s *Session) execIn(ctx context.Context, ns string, argv []string, replace bool, group *os.File) error {
	cmd, err := s.dir().Command(ctx, ns, argv[0], argv[1:]...)
	if err != nil {
		return &Error{Status: statusUsage, Err: err}
	}
	defer cmd.Close()
	if replace {
		if group != nil {
			if err := joinCgroup(group); err != nil {
				return failed(err)
			}
		}
		return failed(cmd.Replace(func(w error) { s.warn(w.Error()) }))
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	if group != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	}
	err = cmd.Run()
	for _, w := range cmd.Warnings() {
		s.warn(w.Error())
	}
	return childStatus(err)
}

// childStatus turns the error of running a program into its exit status.
func childStatus(err error) error {
	var ee *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ee) && ee.Exited():
		return &Error{Status: ee.ExitCode()}
	}
	return failed(err)
}

// execAll runs a program in every namespace, as `ip -all netns exec` does. Exit
// statuses do not matter.
func (s *Session) execAll(ctx context.Context, argv []string) error {
	names, err := s.dir().List()
	if err != nil {
		return failed(err)
	}
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return failed(context.Cause(ctx))
		}
		if _, err := fmt.Fprintf(s.Stdout, "\nnetns: %s\n", plain.Text(n)); err != nil {
			return failed(err)
		}
		if IsProgram(argv[0]) {
			inner, err := Parse(argv[0], argv[1:], s.Extra)
			if err == nil {
				inner.enter(n)
				err = s.Do(ctx, inner)
			}
			s.tell(argv[0], err)
			continue
		}
		s.tell("ip", s.exec(ctx, n, argv, false))
	}
	return nil
}
