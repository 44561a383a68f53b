package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// What a starter is sent first, in a file: all that it needs to start processes
// as the sender would.
type setup struct {
	Task task
	// Path, Source and Dir are those of the topology, Dir absolute.
	Path, Dir string
	Source    []byte
	View      view.Config
	Sources   []byte
	Environ   []string
	Umask     int
}

// A request asks a starter for a process, a reply tells how it went, and a
// second one with Exit how that process has ended. They are one packet each.
type request struct {
	ID         int
	Node, Name string
}

type reply struct {
	ID       int
	Error    string          `json:",omitempty"`
	Warnings []string        `json:",omitempty"`
	From     int64           `json:",omitempty"` // running.from
	Exit     *processes.Exit `json:",omitempty"`
}

const maxPacket = 64 << 10

// serve is a starter. Its descriptors are the lock on the lab, the setup and the
// connection.
func serve(t *task) error {
	const lockFD, setupFD, connFD = 3, 4, 5
	for fd := lockFD; fd <= connFD; fd++ {
		unix.CloseOnExec(fd)
	}
	var out sync.Mutex
	send := func(r *reply) {
		out.Lock()
		defer out.Unlock()
		if len(r.Error) > maxPacket/4 {
			r.Error = r.Error[:maxPacket/4]
		}
		b, err := json.Marshal(r)
		if err == nil {
			unix.Sendto(connFD, b, unix.MSG_NOSIGNAL, nil) //nolint:errcheck // who is gone reads nothing
		}
	}
	p, v, top, err := prepare(t, os.NewFile(setupFD, "setup"))
	var running sync.WaitGroup
	for {
		b := make([]byte, maxPacket)
		n, rerr := unix.Read(connFD, b)
		if rerr == unix.EINTR {
			continue
		}
		if n <= 0 || rerr != nil {
			break
		}
		var r request
		if err := json.Unmarshal(b[:n], &r); err != nil {
			return err
		}
		if err != nil {
			send(&reply{ID: r.ID, Error: err.Error()})
			continue
		}
		running.Go(func() {
			a := reply{ID: r.ID}
			nd, proc, err := find(top, r.Node, r.Name)
			if err != nil {
				a.Error = err.Error()
				send(&a)
				return
			}
			nd.View = v(&a)
			if err := p.start(context.Background(), nd, proc); err != nil {
				a.Error = err.Error()
				send(&a)
				return
			}
			run := p.startedAs(r.Node, r.Name)
			a.From = run.from
			send(&a)
			go func() {
				<-run.done
				send(&reply{ID: r.ID, Exit: run.exit})
			}()
		})
	}
	running.Wait()
	if p != nil {
		p.leave()
	}
	// The lock goes before the connection: who waits for the end of that may
	// expect the lab to be free.
	return errors.Join(unix.Close(lockFD), unix.Close(connFD))
}

// find returns the node and the process of a request.
func find(top *topology.Topology, node, name string) (*Node, *topology.Process, error) {
	if i := top.NodeIndex(node); i >= 0 {
		if proc := top.Nodes[i].Process(name); proc != nil {
			return &Node{Topology: top, Index: i}, proc, nil
		}
	}
	return nil, nil, fmt.Errorf("the lab's file has no process %q in a node %q: the keeper of the lab may be of another nslab", name, node)
}

// prepare reads a setup and makes this process like its sender.
func prepare(t *task, f *os.File) (p *Programs, v func(*reply) *view.View, top *topology.Topology, err error) {
	defer f.Close()
	var s setup
	b, err := io.ReadAll(f)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the keeper of the lab cannot read what it is to do, and may be of another nslab: %w", err)
	}
	if err := os.Chdir(s.Dir); err != nil {
		return nil, nil, nil, err
	}
	os.Clearenv()
	for _, e := range s.Environ {
		for i := 1; i < len(e); i++ {
			if e[i] == '=' {
				os.Setenv(e[:i], e[i+1:]) //nolint:errcheck // it was one
				break
			}
		}
	}
	unix.Umask(s.Umask)
	if s.View.Sources, err = view.DecodeSources(s.Sources); err != nil {
		return nil, nil, nil, err
	}
	// As up has read what the file refers to, not as it is by now.
	opts := &topology.ParseOptions{Name: t.Lab, ReadFile: func(path string) (string, error) { return s.View.Sources.Text(path), nil }}
	if top, err = topology.Parse("lab.yaml", s.Source, opts); err != nil {
		return nil, nil, nil, err
	}
	d, err := t.Root.Look(t.Lab)
	if err != nil {
		return nil, nil, nil, err
	}
	p = New(d, t.Root, s.Task.Boot)
	p.Contained, p.direct = s.Task.Contained, true
	if err := p.Open(); err != nil {
		return nil, nil, nil, err
	}
	return p, func(a *reply) *view.View {
		c := s.View
		c.OnWarning = func(w error) { a.Warnings = append(a.Warnings, w.Error()) }
		return view.New(top, c)
	}, top, nil
}

// A starter is a connection to one.
type starter struct {
	conn int
	mu   sync.Mutex
	next int
	// waiting has what each request waits for, and runs what has been started.
	waiting map[int]chan reply
	runs    map[int]*running
	gone    chan struct{} // closed when the connection is
}

// starterFor returns the starter for a topology, and has the keeper of the lab
// make it where there is none.
func (p *Programs) starterFor(n *Node) (*starter, error) {
	p.starting.Lock()
	defer p.starting.Unlock()
	if s := p.starters[n.Topology]; s != nil {
		select {
		case <-s.gone:
		default:
			return s, nil
		}
	}
	conn, err := p.connectKeeper(n)
	if err != nil {
		return nil, err
	}
	s, err := p.newStarter(n, conn)
	if err != nil {
		unix.Close(conn)
		return nil, fmt.Errorf("ask the keeper of the lab: %w", err)
	}
	if p.starters == nil {
		p.starters = make(map[*topology.Topology]*starter)
	}
	p.starters[n.Topology] = s
	return s, nil
}

func (p *Programs) newStarter(n *Node, conn int) (*starter, error) {
	t := n.Topology
	dir, err := filepath.Abs(t.Dir())
	if err != nil {
		return nil, err
	}
	umask, err := processes.Umask()
	if err != nil {
		return nil, err
	}
	s := setup{Task: p.task(n.View), Path: t.Path, Dir: dir, Source: t.Source, View: n.View.Config(), Environ: os.Environ(), Umask: umask}
	if s.Sources, err = s.View.Sources.Encode(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(&s)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("setup", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "setup")
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := unix.Sendmsg(conn, []byte(askServe), unix.UnixRights(p.dir.LockFD(), fd), nil, unix.MSG_NOSIGNAL); err != nil {
		return nil, os.NewSyscallError("sendmsg", err)
	}
	st := &starter{conn: conn, waiting: make(map[int]chan reply), runs: make(map[int]*running), gone: make(chan struct{})}
	go st.read()
	return st, nil
}

// read takes what the starter tells until it is gone.
func (s *starter) read() {
	b := make([]byte, maxPacket)
	for {
		n, err := unix.Read(s.conn, b)
		if err == unix.EINTR {
			continue
		}
		var r reply
		if n <= 0 || err != nil || json.Unmarshal(b[:n], &r) != nil {
			break
		}
		s.mu.Lock()
		if r.Exit == nil {
			if r.Error == "" {
				s.runs[r.ID] = &running{done: make(chan struct{}), from: r.From}
			}
			if wait := s.waiting[r.ID]; wait != nil {
				delete(s.waiting, r.ID) // one answer to each
				wait <- r
			}
		} else if run := s.runs[r.ID]; run != nil {
			if run.exit = r.Exit; r.Exit.Failed() {
				run.err = r.Exit
			}
			close(run.done)
		}
		s.mu.Unlock()
	}
	close(s.gone)
}

// errKeeperGone says that the keeper, and with it the starter, has been killed.
var errKeeperGone = errors.New("the keeper of the lab was killed")

// start has a process started.
func (s *starter) start(n *Node, name string) (*running, error) {
	s.mu.Lock()
	s.next++
	r := request{ID: s.next, Node: n.node().Name, Name: name}
	wait := make(chan reply, 1)
	s.waiting[r.ID] = wait
	s.mu.Unlock()
	b, err := json.Marshal(&r)
	if err != nil {
		return nil, err
	}
	if err := unix.Sendto(s.conn, b, unix.MSG_NOSIGNAL, nil); err != nil {
		return nil, errKeeperGone
	}
	select {
	case a := <-wait:
		var warnings []error
		for _, w := range a.Warnings {
			warnings = append(warnings, errors.New(w))
		}
		n.View.Warn(warnings)
		if a.Error != "" {
			return nil, errors.New(a.Error)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.runs[r.ID], nil
	case <-s.gone:
		return nil, errKeeperGone
	}
}

// close ends the starter and waits for its end.
func (s *starter) close() error {
	unix.Shutdown(s.conn, unix.SHUT_WR) //nolint:errcheck // it may be gone
	<-s.gone
	return unix.Close(s.conn)
}

// startKept has the lab's keeper start a process, so that it is its parent. If
// the keeper is killed meanwhile there is another one.
func (p *Programs) startKept(ctx context.Context, n *Node, proc *topology.Process) error {
	node := n.node().Name
	member := processes.Member(node, proc.Name)
	p.touch(member)
	for try := 0; ; try++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s, err := p.starterFor(n)
		if err != nil {
			return err
		}
		run, err := s.start(n, proc.Name)
		if err == nil {
			p.mu.Lock()
			p.started[member] = run
			p.mu.Unlock()
			return nil
		}
		if !errors.Is(err, errKeeperGone) || try == 2 {
			return err
		}
		// Nobody knows how far it has come.
		if err := p.Stop(context.WithoutCancel(ctx), node, proc.Name); err != nil {
			return err
		}
	}
}

// task is what a keeper of the lab is told.
func (p *Programs) task(v *view.View) task {
	return task{Root: p.root, Lab: p.dir.Name, Boot: p.boot, Contained: p.Contained, Etc: v.Config().EtcNetNS, NetNS: p.NetNS}
}
