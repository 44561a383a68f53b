package plan

import (
	"context"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/topology"
)

// hostsResource: the files of `ip netns exec`, which a lab has with "hosts:
// etc".
var hostsResource = resource{
	objects: []object{{name: "hosts", global: true}},
	stages:  []stage{{name: "hosts.change", plan: (*planner).hostsChange}},
}

// HostsFile is what `ip netns exec` puts over /etc/hosts in the nodes of a lab
// with "hosts: etc": the names in /etc/netns lead to its directory.
const HostsFile = labdir.EtcDir + "/hosts"

// hostsChange has the file written again where it is altered.
func (p *planner) hostsChange() {
	if p.hostsFault == "" {
		return
	}
	s := Step{Verb: Update, Object: "hosts", Name: p.places.Root.Path(p.t.Name) + "/" + HostsFile, Old: p.hostsFault, New: "as the file says"}
	s.op("", &writeHosts{p.t.Whole()})
	p.add(s)
}

// writeHosts has the files for `ip netns exec` written, as each run does at its
// end: see agree.
type writeHosts struct{ t *topology.Topology }

// Do implements engine.Action.
func (a *writeHosts) Do(context.Context, *engine.Engine, string) error { return nil }
