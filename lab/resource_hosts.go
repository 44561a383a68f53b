package lab

import (
	"bytes"
	"context"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/topology"
)

// hostsResource: the files of `ip netns exec`, which a lab has with "hosts: etc".
var hostsResource = resource{
	objects: []object{{name: "hosts", global: true}},
	stages:  []stage{{name: "hosts.change", plan: (*planner).hostsChange}},
}

// hostsFile is what `ip netns exec` puts over /etc/hosts in the nodes of a lab with
// "hosts: etc": the names in /etc/netns lead to its directory.
const hostsFile = labdir.EtcDir + "/hosts"

// hostsFault says how the file differs from what the lab's own file says, since what runs in
// one node can write to it; "" where it does not, or is written anyway.
func (s *session) hostsFault(t *topology.Topology) string {
	if s.state.Phase != PhaseUp || len(s.old) != 1 || s.old[0].Hosts != topology.HostsEtc || t.Hosts != topology.HostsEtc {
		return ""
	}
	have, err := s.Read(hostsFile)
	switch {
	case err == nil && bytes.Equal(have, view.Hosts(s.old[0])):
		return ""
	case err == nil && have == nil:
		return "missing"
	}
	return "altered"
}

func (p *planner) hostsChange() {
	if p.w.hostsFault == "" {
		return
	}
	s := Step{Verb: Update, Object: "hosts", Name: p.cfg.dir(p.t.Name) + "/" + hostsFile, Old: p.w.hostsFault, New: "as the file says"}
	s.op("", &writeHosts{p.t.Whole()})
	p.add(s)
}

// writeHosts has the files for `ip netns exec` written, as each run does at its end:
// see agree.
type writeHosts struct{ t *topology.Topology }

// Do implements engine.Action.
func (a *writeHosts) Do(context.Context, *engine.Engine, string) error { return nil }
