package lab

import (
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
)

// A Config says where labs are kept and who watches. The zero Config, and a nil
// one, is the machine's own.
type Config struct {
	// Root has a directory for each lab; "" is /run/nslab.
	Root string
	// NetNS is where namespaces have their names, and where programs find
	// files of /etc for a name; the zero Dir is that of `ip netns`.
	NetNS nsfs.Dir
	// Observer sees all netlink traffic.
	Observer nlspec.Observer
	// Progress, if set, is told of each step, as it is done.
	Progress func(done, total int, what string)
	// OnShortage, if set, is told of limits of the machine that may cost a lab
	// packets. Those that keep it from being made are an error of Up.
	OnShortage func(*Shortage)
	// OnWarning, if set, is told, once for each text, of what exec lines run without:
	// a file that could not be put over one of /etc.
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

// view is what programs see in the nodes of a lab.
func (c *Config) view(t *topology.Topology) *view.View {
	return view.New(t, c.root().Namespaces(t.Name), c.etc(), c.OnWarning)
}

// places are where names of nodes are.
func (c *Config) places() nodename.Places {
	c = c.orDefault()
	return nodename.Places{Root: c.root(), NetNS: c.netns(), Etc: c.etc()}
}

// NodeOf returns the lab and the node whose namespace has a name in /run/netns. It is false
// for a name that no lab has made, and for one that a lab is taking away.
func (c *Config) NodeOf(name string) (lab, node string, ok bool) {
	lab, node, ok = c.places().NodeOf(name)
	if !ok || nodename.IsKept(name, node) {
		return "", "", false
	}
	return lab, node, true
}

// IsTakingAway reports whether a name in /run/netns is one under which a lab keeps that of a
// node until its removal cannot be undone any more.
func (c *Config) IsTakingAway(name string) bool {
	_, node, ok := c.places().NodeOf(name)
	return ok && nodename.IsKept(name, node)
}

// Names within a lab's directory, besides those of labdir.
const (
	stateFile   = "state.json"
	sourceFile  = "lab.yaml"  // the file that the lab agrees with
	pendingFile = "next.yaml" // the one that it is being made to agree with
)

// dir is the directory of a lab.
func (c *Config) dir(name string) string { return c.root().Path(name) }

// ErrLocked is matched by the error of a lab that another process works on.
var ErrLocked = labdir.ErrLocked

// ErrNoLab is matched by the error of a lab that is not there. It is
// fs.ErrNotExist too.
var ErrNoLab = labdir.ErrNoLab
