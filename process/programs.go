package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// Programs are the programs of a lab, whose directory is locked.
type Programs struct {
	// Contained says that all that runs ends with a PID namespace. A cgroup
	// would outlive it, so there is none.
	Contained bool
	// Gate, if set, is called before a healthcheck is started, and what it
	// returns is closed when it runs. It is for those who hold no lock.
	Gate func() (io.Closer, error)
	// NetNS is the directory of the names of namespaces, for the keeper.
	NetNS string
	// Tries is how often in a row what is started was started by the keeper.
	Tries int

	dir  *labdir.Dir
	root labdir.Root
	boot string

	mu      sync.Mutex
	group   *processes.Group
	made    bool // this has made the group
	started map[string]*running
	// before are the states before a run, and touched those of them that it has
	// changed, both by member.
	before  map[string]State
	touched map[string]bool

	// direct says that processes with a restart policy are started by this
	// process, which the lab's keeper has started. starters are those that
	// others have asked the keeper for.
	direct   bool
	starting sync.Mutex
	starters map[*topology.Topology]*starter
	// leaving is locked for reading while the end of a process is taken and
	// written down, and for good by leave.
	leaving sync.RWMutex
}

// running is a program that this process has started.
type running struct {
	// done is closed when its first process has ended, with err.
	done chan struct{}
	err  error
	exit *processes.Exit
	from int64 // in its log
}

// ended reports whether its first process has ended.
func (r *running) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// New returns the programs of a lab. boot tells one boot of the machine from
// another.
func New(d *labdir.Dir, root labdir.Root, boot string) *Programs {
	return &Programs{dir: d, root: root, boot: boot, started: make(map[string]*running)}
}

// Close closes what is open. Programs live on. p may be nil.
func (p *Programs) Close() error {
	if p == nil {
		return nil
	}
	var errs []error
	for _, s := range p.starters {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, p.group.Close())...)
}

// Open makes the group that everything started belongs to, unless it is there.
// It has to be called before anything is started.
func (p *Programs) Open() (err error) {
	if p.group != nil {
		return nil
	}
	have, err := processes.ReadGroup(p.dir)
	if err != nil {
		return err
	}
	p.made = have == nil
	if p.group = have; have == nil {
		p.group, err = processes.MakeGroup(p.dir, p.Contained)
	}
	return err
}

// Adopt makes what a command starts belong to the lab, as what a node's exec
// lines start does. What it returns is closed when the command has been
// started, or is not going to be.
func (p *Programs) Adopt(cmd *nsfs.Cmd, node *topology.Node) (*processes.Adopted, error) {
	return p.group.Adopt(cmd, processes.Member(node.Name, ""), &node.Limits)
}

// A Node is a node, in what programs see in it.
type Node struct {
	Topology *topology.Topology
	// Index is the node's in Topology.Nodes.
	Index int
	View  *view.View
}

func (n *Node) node() *topology.Node { return &n.Topology.Nodes[n.Index] }

// command is what runs a process of a node, without its log. Close it.
func command(n *Node, proc *topology.Process, dir string) (*nsfs.Cmd, error) {
	// It lives longer than a run's context, and than this nslab.
	cmd, err := n.View.Command(context.Background(), n.Index, proc.Command[0], proc.Command[1:]...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, proc.Env...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

// nextRecord is what is written down of a process that is to be started with a
// log of that size.
func (p *Programs) nextRecord(n *Node, proc *topology.Process, size int64) (*processes.Record, error) {
	node := n.node()
	r, err := processes.ReadRecord(p.dir, node.Name, proc.Name)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &processes.Record{Node: node.Name, Program: proc.Name}
	}
	r.From, r.Stopped, r.PID, r.LogFrom = From(node, proc, n.View.Seen(n.Index)), false, 0, size
	r.Started, r.StopSignal, r.StopTimeout = time.Now(), proc.StopSignal, proc.StopTimeout
	if r.Dir, err = p.dirFor(n, r.Dir); err != nil {
		return nil, err
	}
	r.Policy, r.Tries = "", p.Tries
	if proc.Restart.When != topology.RestartNever {
		r.Policy = proc.Restart.String()
	}
	r.Starts++
	return r, nil
}

// dirFor returns the directory in which a process of a node runs: that of the
// lab's file, as it was when that was read, which the lab's own copy of it does
// not tell.
func (p *Programs) dirFor(n *Node, was string) (string, error) {
	dir := n.Topology.Dir()
	if dir == p.root.Path(p.dir.Name) && was != "" {
		return was, nil
	}
	return filepath.Abs(dir)
}

// of names the process that an error is about.
func of(node, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("node %q: process %q: %w", node, name, err)
}

// Rehearse finds out whether Start could start a process, without starting it,
// and takes the room on disk that Start needs. It is called before one that runs
// is stopped in order to be started again.
func (p *Programs) Rehearse(n *Node, proc *topology.Process) error {
	return of(n.node().Name, proc.Name, p.rehearse(n, proc))
}

func (p *Programs) rehearse(n *Node, proc *topology.Process) error {
	log, size, err := p.root.OpenLog(p.dir.Name, n.node().Name, proc.Name)
	if err != nil {
		return err
	}
	if err := log.Close(); err != nil {
		return err
	}
	r, err := p.nextRecord(n, proc, size)
	if err != nil {
		return err
	}
	cmd, err := command(n, proc, r.Dir)
	if err != nil {
		return err
	}
	if err := cmd.Rehearse(); err != nil {
		return err
	}
	return processes.ReserveRecord(p.dir, r)
}

// Start starts a process of a node. It returns when the program runs: whether
// it is ready is for Ready to say. If it fails, nothing runs.
func (p *Programs) Start(ctx context.Context, n *Node, proc *topology.Process) error {
	start := p.start
	if proc.Restart.When != topology.RestartNever && !p.direct {
		start = p.startKept
	}
	return of(n.node().Name, proc.Name, start(ctx, n, proc))
}

func (p *Programs) start(ctx context.Context, n *Node, proc *topology.Process) error {
	node := n.node()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	log, size, err := p.root.OpenLog(p.dir.Name, node.Name, proc.Name)
	if err != nil {
		return err
	}
	defer log.Close()
	r, err := p.nextRecord(n, proc, size)
	if err != nil {
		return err
	}
	member := processes.Member(node.Name, proc.Name)
	p.touch(member)
	if err := processes.WriteRecord(p.dir, r); err != nil {
		return err
	}
	cmd, err := command(n, proc, r.Dir)
	if err != nil {
		return err
	}
	defer cmd.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := p.group.Tidy(member); err != nil {
		return err
	}
	adopted, err := p.group.Adopt(cmd, member, &node.Limits)
	if err != nil {
		return err
	}
	err = errors.Join(cmd.Start(), adopted.Close())
	if err != nil {
		return atLimit(node, err)
	}
	n.View.Warn(cmd.Warnings())
	run := &running{done: make(chan struct{}), from: size}
	p.mu.Lock()
	p.started[member] = run
	p.mu.Unlock()
	r.PID, r.BootID = cmd.Process.Pid, p.boot
	if r.StartTime, err = processes.StartTime(r.PID); err == nil {
		err = processes.WriteRecord(p.dir, r)
	}
	go func() {
		defer close(run.done)
		if p.direct {
			untilEnded(r.PID)
			p.leaving.RLock()
			defer p.leaving.RUnlock()
		}
		run.err = cmd.Wait()
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && p.direct {
			run.exit = processes.ExitOf(r.PID, r.StartTime, ws)
			processes.WriteExit(p.dir, node.Name, proc.Name, run.exit) //nolint:errcheck // on a full file system nobody learns of it
		}
	}()
	if err != nil {
		return errors.Join(err, p.Stop(context.WithoutCancel(ctx), node.Name, proc.Name))
	}
	return nil
}

// untilEnded waits until a child has ended, and leaves it to be waited for.
func untilEnded(pid int) {
	for {
		var info unix.Siginfo
		if unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil) != unix.EINTR {
			return
		}
	}
}

// leave is called before this process ends, if it starts processes for the lab's
// keeper: from now on it waits for no child, whose end nobody would write down.
// The keeper, which inherits them, does.
func (p *Programs) leave() { p.leaving.Lock() }

func (p *Programs) startedAs(node, name string) *running {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.started[processes.Member(node, name)]
}

// Started reports whether this process has started a program.
func (p *Programs) Started(node, name string) bool { return p.startedAs(node, name) != nil }

// hasFailed reports whether an end is that of a failure: an exit status other
// than 0, or a signal.
func hasFailed(err error) bool {
	var exit *exec.ExitError
	var seen *processes.Exit
	return errors.As(err, &exit) || errors.As(err, &seen)
}
