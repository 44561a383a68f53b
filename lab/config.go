package lab

import (
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
)

// A Config says where labs are kept and who is told what. The zero Config and a
// nil one mean the machine's own places.
type Config struct {
	// Root is the directory with a subdirectory for each lab; "" means
	// DefaultRoot.
	Root string
	// NetNS is the directory of the names of namespaces, and says where
	// programs find files of /etc for a name. The zero Dir is that of
	// ip-netns(8).
	NetNS nsfs.Dir
	// Contained says that all that runs in labs ends with the caller's PID
	// namespace. Up then makes no cgroup for it, which would be left behind if
	// that namespace is ended.
	Contained bool
	// Observer sees all netlink traffic.
	Observer nlspec.Observer
	// Progress, if set, is called after each step with the number of steps
	// done, their total, and what was done.
	Progress func(done, total int, what string)
	// OnShortage, if set, is called for each limit of the machine that may cost
	// a lab packets. A limit that makes the lab impossible is an error of Up.
	OnShortage func(*Shortage)
	// OnWarning, if set, is called once for each thing that exec lines have to
	// do without: a file that could not be mounted over one of /etc.
	OnWarning func(error)
}

// DefaultRoot is where labs are kept.
const DefaultRoot = "/run/nslab"

func (c *Config) etc() string {
	if c.NetNS.Etc == "" {
		return nsfs.DefaultEtc
	}
	return c.NetNS.Etc
}

// orDefault returns c, the zero Config for nil.
func (c *Config) orDefault() *Config {
	if c == nil {
		return &Config{}
	}
	return c
}

func (c *Config) root() labdir.Root {
	if c.Root == "" {
		return DefaultRoot
	}
	return labdir.Root(c.Root)
}

func (c *Config) netns() string {
	if c.NetNS.Path == "" {
		return nsfs.DefaultPath
	}
	return c.NetNS.Path
}

// view is what programs see in the nodes of a lab, whose file refers to these
// sources.
func (c *Config) view(t *topology.Topology, s *view.Sources) *view.View {
	return view.New(t, view.Config{
		Namespaces: c.root().Namespaces(t.Name), EtcNetNS: c.etc(), Own: c.dir(t.Name) + "/" + labdir.ViewDir,
		Sources: s, OnWarning: c.OnWarning,
	})
}

// places are where names of nodes are.
func (c *Config) places() nodename.Places {
	c = c.orDefault()
	return nodename.Places{Root: c.root(), NetNS: c.netns(), Etc: c.etc()}
}

// NodeOf returns the lab and the node of a name in /run/netns. It is false if
// no lab created the name, or if a lab is removing it.
func (c *Config) NodeOf(name string) (lab, node string, ok bool) {
	lab, node, ok = c.places().NodeOf(name)
	if !ok || nodename.IsKept(name, node) {
		return "", "", false
	}
	return lab, node, true
}

// IsTakingAway reports whether a lab has given this name in /run/netns to a
// node that it is removing, for as long as the removal can be undone.
func (c *Config) IsTakingAway(name string) bool {
	_, node, ok := c.places().NodeOf(name)
	return ok && nodename.IsKept(name, node)
}

// Names within a lab's directory, besides those of labdir.
const (
	stateFile   = "state.json"
	sourceFile  = "lab.yaml"  // the file that the lab agrees with
	pendingFile = "next.yaml" // the one that it is being made to agree with
	// sourcesFile is what sourceFile refers to.
	sourcesFile = "sources.json"
)

// dir is the directory of a lab.
func (c *Config) dir(name string) string { return c.root().Path(name) }

// ErrLocked is matched by an error that says that another process is working on
// the lab.
var ErrLocked = labdir.ErrLocked

// ErrNoLab is matched by an error that says that there is no such lab. It also
// matches fs.ErrNotExist.
var ErrNoLab = labdir.ErrNoLab
