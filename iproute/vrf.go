package iproute

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var vrfObject = object{
	name: "vrf",
	bare: "show",
	verbs: []verb{
		{name: "identify", parse: parseVRFIdentify},
		{name: "pids", parse: parseVRFPids},
		{name: "exec", parse: parseVRFExec},
		{name: "show", parse: parseVRFShow}, {name: "lst", parse: parseVRFShow}, {name: "list", parse: parseVRFShow},
	},
	usage: vrfUsage,
}

const vrfUsage = `VRFs, virtual routers that are made with "ip link add NAME type vrf":
  ip vrf [ show ] [ NAME ]
  ip vrf exec NAME PROGRAM [ ARGUMENT ... ]
  ip vrf identify [ PID ]
  ip vrf pids NAME
The sockets of a program that exec starts are bound to the VRF, by its cgroup.
With NAME "default" it leaves the VRF of the caller.
`

// What iproute2 says about a link that is no VRF.
const (
	peerNoVRF     = "Error: argument %q is wrong: Invalid VRF"
	peerNoVRFName = "Error: argument %q is wrong: Not a valid VRF name"
)

// vrfIndex returns the index of a VRF. For a link that does not exist or is
// not a VRF, says is the format of iproute2's error, which has the status of a
// wrong word.
func vrfIndex(ctx context.Context, conn *rtnl.Conn, name, says string) (uint32, error) {
	l, err := vrfLink(ctx, conn, name, says)
	return l.Index, err
}

func vrfLink(ctx context.Context, conn *rtnl.Conn, name, says string) (rtnl.Link, error) {
	l, err := conn.Link(ctx, rtnl.LinkName(name))
	if err == nil && l.Kind != "vrf" {
		err = fmt.Errorf("%q is not a VRF", name)
	}
	if err != nil {
		return rtnl.Link{}, &Error{Status: statusUsage, Err: &peerError{text: fmt.Sprintf(says, name), err: err}}
	}
	return l, nil
}

// vrfTable returns the routing table of a VRF. The VRF "default" is the main
// table, unless there is a link of that name.
func vrfTable(ctx context.Context, conn *rtnl.Conn, name string) (uint32, error) {
	l, err := vrfLink(ctx, conn, name, peerNoVRF)
	if name == "default" && errors.Is(err, fs.ErrNotExist) {
		return unix.RT_TABLE_MAIN, nil
	}
	if err != nil {
		return 0, err
	}
	k, err := rtnl.DecodeVRF(l.Data)
	if err != nil {
		return 0, fmt.Errorf("VRF %q: %w", name, err)
	}
	table, ok := k.Table.Get()
	if !ok || table == 0 {
		return 0, fmt.Errorf("the kernel does not say which table VRF %q has", name)
	}
	return table, nil
}
