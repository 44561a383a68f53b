package iproute

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var netnsObject = object{
	name: "netns",
	bare: "list",
	// What ip netns says of its words is a failure, not a usage error.
	status: statusFailed,
	verbs: []verb{
		{name: "list", parse: parseNetnsList}, {name: "show", parse: parseNetnsList}, {name: "lst", parse: parseNetnsList},
		{name: "list-id", parse: parseNetnsListID},
		{name: "add", parse: func(c *Command, w *words) {
			name := w.netnsName()
			w.extra()
			c.Ops = []engine.Op{{NetNS: c.Options.NetNS, Action: &engine.NetNSAdd{Name: name}}}
		}},
		{name: "set", parse: parseNetnsSet},
		{name: "delete", parse: parseNetnsDelete},
		{name: "identify", parse: parseNetnsIdentify},
		{name: "pids", parse: parseNetnsPids},
		{name: "exec", parse: parseNetnsExec},
		{name: "monitor", parse: func(c *Command, w *words) {
			w.extraName(c)
			c.do = netnsMonitor
		}},
		{name: "attach", parse: func(c *Command, w *words) {
			if !w.more() {
				w.need("a name for a namespace")
				w.peer("No netns name and PID specified")
			}
			name := w.netnsName()
			pid := w.netnsPID()
			w.extra()
			c.Ops = []engine.Op{{NetNS: c.Options.NetNS, Action: &engine.NetNSAttach{Name: name, PID: int(pid)}}}
		}},
	},
	usage: `Network namespaces with a name:
  ip netns [list]                  the names, with their ids in this namespace
  ip netns add NAME
  ip netns attach NAME PID         name the namespace of a process
  ip netns set NAME { ID | auto }  give it an id in this namespace
  ip [-all] netns delete [NAME]
  ip netns identify [PID]          the name of a process's namespace
  ip netns pids NAME               the processes in it
  ip [-all] netns exec [NAME] PROGRAM [ARGUMENT ...]
  ip netns monitor                 names as they come and go
  ip netns list-id [target-nsid ID] [nsid ID]
`,
}

// netnsName takes the name of a namespace to make.
func (w *words) netnsName() string {
	name := w.need("a name for a namespace")
	if name == "" {
		w.peer("No netns name specified")
	}
	if w.err == nil {
		if err := nsfs.CheckName(name); err != nil {
			w.status = statusUsage
			w.bad("a name for a namespace: %v", err)
			w.peer("Invalid netns name %q", name)
		}
	}
	return name
}

// isFileName reports whether a name can be that of a file: iproute2 wants no more of it.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= nsfs.MaxName && !strings.Contains(name, "/")
}

// oldName takes the name of a namespace that is there. It may be one that
// another program made and that we would not.
func (w *words) oldName() string {
	name := w.need("the name of a namespace")
	if w.err == nil && !isFileName(name) {
		w.status = statusUsage
		w.bad("the name of a namespace")
		w.peer("Invalid netns name %q", name)
	}
	return name
}

// netnsPID takes the id of the process whose namespace gets a name.
func (w *words) netnsPID() uint64 {
	given := w.peek()
	pid := w.number("a process id", 1, 1<<22)
	if given == "" {
		w.peer("No netns name and PID specified")
	} else {
		w.peer("Invalid PID: %s", given)
	}
	return pid
}

// noMore refuses words that iproute2 does not pass over.
func (w *words) noMore() {
	if w.more() {
		w.next()
		w.bad("the end of the command")
		w.peer("extra arguments specified")
	}
}

// cannotOpen gives an error the line that iproute2 has for a namespace that cannot be
// opened, where it does not name it.
func cannotOpen(err error) error {
	if errno := unix.Errno(0); errors.As(err, &errno) {
		err = &peerError{text: "Cannot open network namespace: " + strerror(errno), err: err}
	}
	return failed(err)
}

func parseNetnsDelete(c *Command, w *words) {
	if !c.Options.All {
		name := w.oldName()
		w.extra()
		c.Ops = []engine.Op{{NetNS: c.Options.NetNS, Action: &engine.NetNSDel{Name: name}}}
		return
	}
	w.extra()
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		names, err := s.dir().List()
		if err != nil {
			return failed(err)
		}
		for _, n := range names {
			if err := s.Engine.Do(ctx, engine.Op{Action: &engine.NetNSDel{Name: n}}); err != nil {
				return failed(err)
			}
		}
		return nil
	}
}

// failed gives an error the status of work that failed before the kernel was
// asked.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Status: statusFailed, Err: err}
}

func parseNetnsSet(c *Command, w *words) {
	set := &rtnl.NSIDSet{}
	name := w.oldName()
	if w.is("auto") {
		set.ID = rtnl.NSIDNotAssigned
	} else {
		w.failing(statusUsage, func() { set.ID = int32(w.number(`an id, or "auto"`, 0, 1<<31-1)) })
	}
	w.extra()
	set.NetNS = rtnl.NetNSName(name)
	c.op(set)
	c.wrap = func(err error) error {
		if n := (*engine.NoNetNSError)(nil); errors.As(err, &n) {
			return failed(n.Err)
		}
		return err
	}
}

// extraName is extra for a command without words, the first of which has to be a name
// all the same.
func (w *words) extraName(c *Command) {
	if w.loose && w.more() && !c.Options.All {
		w.oldName()
		w.ignored()
	}
	w.extra()
}

func parseNetnsList(c *Command, w *words) {
	w.extraName(c)
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		names, err := s.dir().List()
		if err != nil {
			return failed(err)
		}
		if names == nil {
			return nil // iproute2 prints no JSON either where the directory is missing
		}
		conn, err := s.conn(o)
		if err != nil {
			return err
		}
		p := newPrinter(s.Stdout, o)
		for _, n := range names {
			p.open("")
			p.str("name", "%s", n)
			id, err := s.nsid(ctx, conn, n)
			if err != nil {
				return errors.Join(err, p.close())
			}
			if id >= 0 {
				p.signed("id", " (id: %d)", int64(id))
			}
			p.endLine()
			p.end()
		}
		return p.close()
	}
}

// nsid returns the id that a namespace has in conn's, NSIDNotAssigned also for
// a file that is no namespace, or that is gone by now.
func (s *Session) nsid(ctx context.Context, conn *rtnl.Conn, name string) (int32, error) {
	h, err := s.dir().Open(name)
	if err != nil {
		return rtnl.NSIDNotAssigned, nil
	}
	defer h.Close()
	return conn.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())})
}

// nsidNames returns the names of the namespaces that have an id in conn's.
func (s *Session) nsidNames(ctx context.Context, conn *rtnl.Conn) (map[int32]string, error) {
	names, err := s.dir().List()
	if err != nil {
		return nil, failed(err)
	}
	byID := make(map[int32]string)
	for _, n := range names {
		id, err := s.nsid(ctx, conn, n)
		if err != nil {
			return nil, err
		}
		if _, taken := byID[id]; id >= 0 && !taken {
			byID[id] = n
		}
	}
	return byID, nil
}

func parseNetnsListID(c *Command, w *words) {
	w.status = statusUsage
	target, nsid := rtnl.Opt[int32]{}, rtnl.Opt[int32]{}
	for w.more() {
		switch k := w.next(); {
		case k == "target-nsid" && !target.IsSet():
			target = rtnl.Some(int32(w.number("an id", 0, 1<<31-1)))
		case k == "nsid" && !nsid.IsSet():
			nsid = rtnl.Some(int32(w.number("an id", 0, 1<<31-1)))
		default:
			w.bad(`"target-nsid" or "nsid", once each`)
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err != nil {
			return err
		}
		ids, err := nsids(ctx, conn, target, nsid)
		if err != nil {
			return err
		}
		names, err := s.nsidNames(ctx, conn)
		if err != nil {
			return err
		}
		p := newPrinter(s.Stdout, o)
		for _, n := range ids {
			p.nsid(n, names)
		}
		return p.close()
	}
}

// nsids asks for one id, or for all.
func nsids(ctx context.Context, conn *rtnl.Conn, target, nsid rtnl.Opt[int32]) ([]rtnl.NSID, error) {
	id, one := nsid.Get()
	if !one {
		ids, err := conn.NSIDs(ctx, rtnl.NSIDDump{Target: target})
		return ids, failed(err)
	}
	m, err := conn.Get(ctx, &rtnl.NSIDGet{NetNS: rtnl.NetNSID(id), Target: target})
	if err != nil {
		return nil, err
	}
	n, err := rtnl.DecodeNSID(m)
	return []rtnl.NSID{n}, err
}

// nsid writes one id.
func (p *printer) nsid(n rtnl.NSID, names map[int32]string) {
	p.open("")
	if n.ID < 0 {
		p.text("nsid unassigned ")
	} else {
		p.signed("nsid", "nsid %d ", int64(n.ID))
	}
	id := n.ID
	if current, ok := n.Current.Get(); ok {
		id = current
		if current < 0 {
			p.text("current-nsid unassigned ")
		} else {
			p.signed("current-nsid", "current-nsid %d ", int64(current))
		}
	}
	if name := names[id]; name != "" {
		p.str("name", "(iproute2 netns name: %s)", name)
	}
	p.endLine()
	p.end()
}

func parseNetnsIdentify(c *Command, w *words) {
	pid := 0
	if w.more() {
		s := w.next()
		n, err := strconv.ParseUint(s, 10, 64)
		switch {
		case !isFileName(s): // what iproute2 looks at first, for each command of netns
			w.status = statusUsage
			w.bad("a process id")
			w.peer("Invalid netns name %q", s)
		case strings.Trim(s, "0123456789") != "":
			w.bad("a process id, in decimal") // as in /proc
			w.peer("Specified string '%s' is not a pid", s)
		case err != nil || s[0] == '0' || n > 1<<22:
			w.bad("a process id, a decimal number from 1 to %d", 1<<22)
			w.peer("Cannot open network namespace: %s", strerror(unix.ENOENT))
		}
		pid = int(n)
	}
	w.noMore()
	c.do = func(_ context.Context, s *Session, o *Options) error {
		names, err := s.identify(pid, o)
		if err != nil {
			return cannotOpen(err)
		}
		name := ""
		if len(names) > 0 {
			name = names[0]
		}
		_, err = fmt.Fprintln(s.Stdout, plain.Text(name))
		return failed(err)
	}
}

// identify returns the names of a process's namespace, or, for 0, of the one
// that the command works in.
func (s *Session) identify(pid int, o *Options) ([]string, error) {
	if pid != 0 {
		return s.dir().Identify(pid)
	}
	h, err := nsfs.Current()
	if o.NetNS != "" {
		h, err = s.dir().Open(o.NetNS)
	}
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return s.dir().NamesOf(h)
}

func parseNetnsPids(c *Command, w *words) {
	missing := !w.more()
	name := w.oldName()
	if missing {
		w.peer("No netns name specified")
	}
	w.noMore()
	c.do = func(ctx context.Context, s *Session, _ *Options) error {
		pids, err := s.dir().Pids(ctx, name)
		if err != nil {
			return cannotOpen(err)
		}
		for _, pid := range pids {
			if _, err := fmt.Fprintln(s.Stdout, pid); err != nil {
				return failed(err)
			}
		}
		return nil
	}
}
