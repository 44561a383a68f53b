package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
)

// A View is what programs in the nodes of a lab see around them, whoever starts
// them: an exec line, `nslab exec`, a shell. It is made from the file each time
// that one starts.
type View struct {
	dir nsfs.Dir // where the namespaces are bound, by node
	// etcNetNS has directories of files for /etc, by the names of namespaces.
	etcNetNS string
	t        *topology.Topology
	// own is the directory in the lab's tmpfs where nodes keep what they see
	// instead of the machine's files, and sources are what the lab file refers
	// to, nil if that is nothing.
	own     string
	sources *Sources
	// hosts are the names of the lab's nodes, nil where nodes are not told
	// them.
	hosts []byte
	// lab is what templates see, made when it is first asked for.
	lab func() *Lab

	config Config

	// onWarning, if set, is told once what programs run without.
	onWarning func(error)
	mu        sync.Mutex
	warned    map[string]bool
}

// A Config says where a View finds things.
type Config struct {
	// Namespaces are where the namespaces are bound, by node.
	Namespaces nsfs.Dir
	// EtcNetNS has directories of files for /etc, by the names of namespaces.
	EtcNetNS string
	// Own is the directory in the lab's tmpfs where nodes keep what they see
	// instead of the machine's files (labdir.ViewDir).
	Own string
	// Sources are those of the lab file, nil if it refers to nothing.
	Sources *Sources `json:"-"`
	// OnWarning, if set, is given each warning once.
	OnWarning func(error) `json:"-"`
}

// New is the view of the nodes of t.
func New(t *topology.Topology, c Config) *View {
	v := &View{config: c, dir: c.Namespaces, etcNetNS: c.EtcNetNS, t: t, own: c.Own, sources: c.Sources, onWarning: c.OnWarning, lab: sync.OnceValue(func() *Lab { return labOf(t) })}
	if t.Hosts != topology.HostsOff {
		v.hosts = Hosts(t)
	}
	return v
}

// Config is what the view was made from.
func (v *View) Config() Config { return v.config }

// Command returns a Cmd that runs a program in a node. Everything that runs in
// a node is started through it. What it sets in the Cmd must stay, but for
// further entries of Env; Dir and SysProcAttr are the caller's to set.
func (v *View) Command(ctx context.Context, node int, program string, args ...string) (*nsfs.Cmd, error) {
	n := &v.t.Nodes[node]
	cmd, err := v.dir.Command(ctx, n.Name, program, args...)
	if err != nil {
		return nil, err
	}
	cmd.Etc = v.Etc(node)
	if !hasEtc(n) {
		cmd.Files = v.etcFiles(node)
	}
	cmd.Hostname = hostname(v.t, node)
	cmd.Env = append(os.Environ(), v.Environ(node)...)
	if n.HasView() {
		if v.sources == nil {
			return nil, errors.Join(fmt.Errorf("lab %q has lost what its file refers to; run \"nslab up\" with the file again", v.t.Name), cmd.Close())
		}
		if err := v.prepare(node, program, cmd); err != nil {
			return nil, errors.Join(err, cmd.Close())
		}
	}
	return cmd, nil
}

// Warn tells of what a program runs without. What the machine lacks is the same
// in each node, and is told once.
func (v *View) Warn(warnings []error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range warnings {
		if text := w.Error(); v.onWarning != nil && !v.warned[text] {
			if v.warned == nil {
				v.warned = make(map[string]bool)
			}
			v.warned[text] = true
			v.onWarning(w)
		}
	}
}

// Etc is the directory of files that belong to the node's name in /run/netns,
// as `ip netns exec` has it, "" where that is the lab's own.
func (v *View) Etc(node int) string {
	if v.t.Hosts == topology.HostsEtc {
		return ""
	}
	return filepath.Join(v.etcNetNS, v.t.NetNSName(node))
}

// HostsOf is the node's /etc/hosts: its own host name stands for its own
// addresses or, if the file gives it none, for one of the loopback's, so that
// programs which look for it always find it.
func (v *View) HostsOf(node int) []byte {
	if v.hosts == nil {
		return nil
	}
	name := hostname(v.t, node)
	addrs := addressesOf(v.t, node)
	if len(addrs) > 0 {
		return appendHosts(slices.Clip(v.hosts), addrs, name)
	}
	if n := v.t.Nodes[node].Name; n != name {
		name += " " + n
	}
	return fmt.Appendf(slices.Clip(v.hosts), "127.0.1.1\t%s\n", name)
}

// Environ is what the node adds to the environment.
func (v *View) Environ(node int) []string {
	n := &v.t.Nodes[node]
	env := append([]string{"NSLAB_LAB=" + v.t.Name, "NSLAB_NODE=" + n.Name}, v.sources.environ(n)...)
	return append(env, n.Env...)
}

// maxHostname is __NEW_UTS_LEN (include/uapi/linux/utsname.h).
const maxHostname = 64

// hostname is the host name that programs in a node see: the file's or
// NODE.LAB, cut where it is too long for the kernel.
func hostname(t *topology.Topology, node int) string {
	if name := t.Nodes[node].Hostname; name != "" {
		return name
	}
	name := t.Nodes[node].Name + "." + t.Name
	return name[:min(len(name), maxHostname)]
}
