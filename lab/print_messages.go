package lab

import (
	"fmt"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A PlannedOp is an operation of a plan as it would be carried out.
type PlannedOp struct {
	// Step is the step that the operation is a part of.
	Step *Step
	// NetNS is the namespace's name in /run/netns, "" for the machine's own.
	NetNS string
	// Message is the rtnetlink message with sequence number 0, or nil for an
	// operation without a message: on a namespace, its name, a sysctl, a
	// program.
	Message []byte
	// Refs are the names of namespaces that the message refers to by
	// descriptor. As none is open yet, the message numbers them from 3
	// (rtnl.Encode).
	Refs []string
}

// Datagram returns the message as an Observer would see it sent.
func (o *PlannedOp) Datagram() nlspec.Datagram {
	return nlspec.Datagram{Direction: nlspec.Sent, Protocol: unix.NETLINK_ROUTE, NetNS: o.NetNS, Data: o.Message}
}

// Ops returns the operations of the plan in order, with their messages. Up
// encodes the same requests with its own descriptors.
func (p *Plan) Ops() ([]PlannedOp, error) {
	var all []PlannedOp
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, op := range s.Ops() {
			o := PlannedOp{Step: s}
			if op.NetNS != "" {
				o.NetNS = p.netns(op.NetNS)
			}
			if r := plan.RequestOf(op); r != nil {
				for n := range rtnl.NetNSs(r.Req) {
					o.Refs = append(o.Refs, p.netns(n.Name()))
				}
				var err error
				if o.Message, err = rtnl.Encode(r.Req); err != nil {
					return nil, fmt.Errorf("%s: %w", s, err)
				}
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// netns is the name in /run/netns of a node, which may be one of an earlier
// file.
func (p *Plan) netns(node string) string { return p.Topology.Prefix + node }
