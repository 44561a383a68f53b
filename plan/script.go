package plan

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/nodename"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// ErrNoWords is matched by the error of a step that iproute2 and sysctl have no
// words for.
var ErrNoWords = errors.New("iproute2 has no words for it")

// A script writes steps of a topology as lines for bash.
type script struct{ t *topology.Topology }

// Script returns lines for bash that do what a step of a topology does, with
// iproute2 and sysctl. The error is ErrNoWords if there are none.
func Script(t *topology.Topology, s *Step) ([]string, error) {
	p := &script{t}
	var lines []string
	for _, op := range s.Ops() {
		l, err := p.opScript(s, op)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l...)
	}
	return lines, nil
}

func (p *script) opScript(s *Step, op engine.Op) ([]string, error) {
	switch a := op.Action.(type) {
	case *engine.NetNSAdd:
		return []string{shell("ip", "netns", "add", p.netns(a.Name))}, nil
	case *bindNode:
		return []string{shell("ip", "netns", "add", p.netns(a.name))}, nil
	case *nodename.Name:
		return p.nameScript(s, a), nil
	case *nodename.Removal:
		return []string{shell("rm", a.Name.At)}, nil
	case *writeHosts:
		return []string{writeFile(s.Name, view.Hosts(a.t))}, nil
	case *engine.SysctlSet:
		return []string{shell("ip", "netns", "exec", p.netns(op.NetNS), "sysctl", "-qw", a.Key+"="+a.Value)}, nil
	case *setReady:
		return p.opScript(s, engine.Op{NetNS: op.NetNS, Action: &a.SysctlSet})
	case *dropLinkLocal:
		return []string{shell("ip", "-n", p.netns(op.NetNS), "-6", "address", "flush", "dev", a.name, "scope", "link")}, nil
	case interface{ Command() []string }:
		command := a.Command()
		if command == nil {
			return nil, ErrNoWords
		}
		return []string{shell(append([]string{"ip", "netns", "exec", p.netns(op.NetNS)}, command...)...)}, nil
	}
	line := iproute.FormatLine(p.named(op))
	if line == "" {
		return nil, ErrNoWords
	}
	return []string{line}, nil
}

// nameScript returns the lines of a node's name: that in /run/netns `ip netns
// add` makes itself.
func (p *script) nameScript(s *Step, a *nodename.Name) []string {
	if filepath.Base(filepath.Dir(a.Target)) == labdir.NamespaceDir {
		if s.Object == "namespace" {
			return nil
		}
		return []string{shell("ln", "-s", a.Target, a.At)}
	}
	// Without the lab there is no directory to lead to.
	return []string{shell("mkdir", "-p", a.At), writeFile(a.At+"/hosts", view.Hosts(p.t))}
}

// writeFile returns the lines that write a file.
func writeFile(at string, text []byte) string {
	return "cat >" + iproute.Quote(at) + " <<'END'\n" + string(text) + "END"
}

// netns is the name in /run/netns of a node, which may be one of an earlier
// file.
func (p *script) netns(node string) string { return p.t.Prefix + node }

// named returns an operation in which the names of namespaces are those in
// /run/netns.
func (p *script) named(op engine.Op) engine.Op {
	if d, ok := op.Action.(*dropLink); ok {
		op.Action = d.Request
	}
	if op.NetNS != "" {
		op.NetNS = p.netns(op.NetNS)
	}
	switch a := op.Action.(type) {
	case *engine.NetNSDel:
		op.Action = &engine.NetNSDel{Name: p.netns(a.Name)}
	case *engine.Request:
		op.Action = &engine.Request{Req: p.withNetNS(a.Req)}
	}
	return op
}

// withNetNS returns a request of a plan, which makes a link or deletes or
// changes an object, with the name in /run/netns of the namespace that a link's
// other end goes to.
func (p *script) withNetNS(r rtnl.Request) rtnl.Request {
	add, ok := r.(*rtnl.LinkAdd)
	if !ok {
		return r
	}
	veth, ok := add.Kind.(*rtnl.Veth)
	if !ok || veth.Peer == nil || veth.Peer.NetNS.Name() == "" {
		return r
	}
	peer, made := *veth.Peer, *add
	peer.NetNS = rtnl.NetNSName(p.netns(peer.NetNS.Name()))
	made.Kind = &rtnl.Veth{Peer: &peer}
	return &made
}

// shell returns words as a line for sh(1).
func shell(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = iproute.Quote(w)
	}
	return strings.Join(quoted, " ")
}

// RequestOf returns the request of an operation, or nil if the operation is not
// a request.
func RequestOf(op engine.Op) *engine.Request {
	switch a := op.Action.(type) {
	case *engine.Request:
		return a
	case *dropLink:
		return a.Request
	}
	return nil
}
