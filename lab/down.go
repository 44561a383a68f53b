package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/process"
)

// DownOptions say how Down works.
type DownOptions struct {
	// NoWait makes Down fail with ErrLocked if another process is working on
	// the lab, instead of waiting for it.
	NoWait bool
	// Kill ends the processes in the lab's namespaces, including those that
	// enter meanwhile: SIGTERM, and after Grace SIGKILL. Without it, Down
	// refuses with a *ProcessesError, or with an *UnseenError if it cannot tell
	// whether there are any.
	Kill bool
	// OnUnseen, if set, is called if Down cannot tell whether there are
	// processes; with Kill it goes on.
	OnUnseen func(*UnseenError)
	// Grace is the time between SIGTERM and SIGKILL; 0 means 5 seconds.
	Grace time.Duration
	// Wait makes Down return only when the kernel has cleaned up the
	// namespaces.
	Wait bool
}

// A ProcessesError says that a lab cannot be changed because processes run in
// it.
type ProcessesError struct {
	// Lab is the lab's name.
	Lab string
	// Processes are those that run in it, in ascending order of their PIDs.
	Processes []Process
	// Dropped are the nodes with processes that the file no longer has; nil if
	// the whole lab is to be taken down.
	Dropped []string
}

func (e *ProcessesError) Error() string {
	var b strings.Builder
	if len(e.Dropped) > 0 {
		fmt.Fprintf(&b, "lab %q: the file drops %s, where %s; end %s, or use --kill:", e.Lab, nodesWords(e.Dropped), processesRun(len(e.Processes)), them(len(e.Processes)))
	} else if len(e.Processes) == 1 {
		fmt.Fprintf(&b, "lab %q has 1 live process; end it, or use --kill:", e.Lab)
	} else {
		fmt.Fprintf(&b, "lab %q has %d live processes; end them, or use --kill:", e.Lab, len(e.Processes))
	}
	b.WriteString(processes.Listed(e.Processes))
	return b.String()
}

// Down takes a lab down, whatever its state: half built, half changed or half
// taken down, without its file, or with a state that is unreadable or of
// another version. What does not belong to the lab is left alone.
func Down(ctx context.Context, name string, cfg *Config, opts DownOptions) error {
	cfg = cfg.orDefault()
	wait := labdir.WaitForLock
	if opts.NoWait {
		wait = labdir.DontWait
	}
	p, err := cfg.root().Open(ctx, name, false, wait)
	if err != nil {
		return err
	}
	s := &session{Dir: p, cfg: cfg}
	return errors.Join(s.down(ctx, opts), p.Close())
}

func (s *session) down(ctx context.Context, opts DownOptions) error {
	if err := s.ForeignMounts(); err != nil {
		return err
	}
	if err := s.Bar(ctx); err != nil {
		return err
	}
	if err := processes.KeepGroup(s.Dir); err != nil {
		return err
	}
	procs, err := processes.Find(s.Dir)
	var unseen *UnseenError
	if opts.Kill && errors.As(err, &unseen) {
		err = nil
	}
	if others := notOfFile(procs); len(others) > 0 && !opts.Kill {
		return errors.Join(&ProcessesError{Lab: s.Name, Processes: others}, err)
	}
	if err != nil {
		return err
	}
	if len(procs) > 0 {
		var sent []Process
		sent, err = s.endAll(ctx, opts.Kill, opts.Grace, s.closeDoor)
		if err != nil && len(sent) > 0 {
			err = fmt.Errorf("%w\nlab %q is partly taken down; \"nslab down --kill %s\" goes on with it; its names in %s are removed, and these processes had been sent SIGTERM:%s",
				err, s.Name, s.Name, s.cfg.netns(), processes.Listed(sent))
		}
	}
	if err != nil {
		return err
	}
	if unseen != nil && opts.OnUnseen != nil {
		opts.OnUnseen(unseen)
	}
	var sentinel *sentinel
	if opts.Wait {
		if sentinel, err = newSentinel(); err != nil {
			return fmt.Errorf("--wait: %w", err)
		}
		defer sentinel.close()
	}
	s.markDeleting()
	if err := s.tearDown(ctx); err != nil {
		return err
	}
	if sentinel != nil {
		return sentinel.wait(ctx)
	}
	return nil
}

// notOfFile returns those processes that the lab's file has not started.
func notOfFile(procs []Process) []Process {
	return slices.DeleteFunc(slices.Clone(procs), func(p Process) bool { return p.Member != "" })
}

// endAll ends what the lab's file has started, and, if they are to be killed,
// the other processes in its nodes.
func (s *session) endAll(ctx context.Context, kill bool, grace time.Duration, begin func() error) ([]Process, error) {
	programs := process.New(s.Dir, s.cfg.root(), "")
	return programs.End(ctx, func(p *Process) bool { return kill || p.Member != "" }, grace, begin)
}

// markDeleting writes down that the lab goes. A state that cannot be read does
// not matter any more, nor one that cannot be written: `down` has to work on a
// full file system. Interrupted then, it leaves a lab that is up and lacks
// things, which `up` and `down` know too.
func (s *session) markDeleting() {
	if st, err := readState(s.Dir); err == nil && st.Version != 0 && st.Phase != PhaseDeleting {
		st.Phase = PhaseDeleting
		writeState(s.Dir, stateFile, st) //nolint:errcheck // see above
	}
}

// closeDoor keeps further programs from entering the nodes by their names.
func (s *session) closeDoor() error {
	s.markDeleting()
	return s.removeNames()
}

// endDown ends a `down` that was interrupted. The lab's directory stays, and
// locked.
func (s *session) endDown(ctx context.Context, kill bool) error {
	procs, err := processes.Find(s.Dir)
	var unseen *UnseenError
	if kill && errors.As(err, &unseen) {
		err = nil
	}
	if others := notOfFile(procs); len(others) > 0 && !kill {
		err = errors.Join(&ProcessesError{Lab: s.Name, Processes: others}, err)
	}
	if err == nil && len(procs) > 0 {
		_, err = s.endAll(ctx, kill, 0, func() error { return nil })
	}
	if err != nil {
		return err
	}
	if err := s.letGo(); err != nil {
		return err
	}
	s.state, s.rest = State{}, false
	return s.Empty(".")
}

// tearDown removes everything that is the lab's, its directory last.
func (s *session) tearDown(context.Context) error {
	if err := s.letGo(); err != nil {
		return err
	}
	return s.RemoveAll()
}

// letGo removes the lab's names and namespaces.
func (s *session) letGo() error {
	if s.engine != nil {
		if err := s.engine.Close(); err != nil {
			return err
		}
	}
	if err := s.removeNames(); err != nil {
		return err
	}
	if err := process.EndKeeper(s.Dir); err != nil {
		return err
	}
	if err := s.removeGroup(); err != nil {
		return err
	}
	return s.Unmount()
}

// removeNames removes the lab's names in /run/netns and /etc/netns.
func (s *session) removeNames() error {
	places := s.cfg.places()
	names, err := places.Of(s.Name)
	if err != nil {
		return err
	}
	for _, l := range names {
		if err := (&nodename.Removal{Name: l}).Do(context.Background(), nil, ""); err != nil {
			return err
		}
	}
	return places.RemoveEtc()
}
