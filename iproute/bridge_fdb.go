package iproute

import "github.com/nslab/nslab/rtnl"

var bridgeFDBObject = object{
	name: "fdb",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseFDBAdd(rtnl.ModeAdd)}, {name: "append", parse: parseFDBAdd(rtnl.ModeAppend)}, {name: "replace", parse: parseFDBAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseFDBDelete}, {name: "get", parse: parseFDBGet},
		{name: "show", parse: parseFDBShow}, {name: "lst", parse: parseFDBShow}, {name: "list", parse: parseFDBShow},
		{name: "flush", parse: parseFDBFlush, whole: true},
	},
	format: ofRequest(formatFDB),
	usage:  fdbUsage,
}

const fdbUsage = `Forwarding databases of bridges, and of devices with one of their own:
  bridge fdb [show] [br BRIDGE] [brport | dev DEV] [vlan VID] [state STATE]
             [dynamic]
  bridge fdb { add | append | replace | delete } [to] LLADDR dev DEV [self]
    [master] [local | static | dynamic] [vlan VID] [use] [router] [extern_learn]
    [sticky] [via DEV] [src_vni VNI]
    { [dst ADDRESS] [port PORT] [vni VNI] | [nhid ID] }
  bridge fdb get [to] LLADDR [br BRIDGE] [brport | dev DEV] [vlan VID] [vni VNI]
             [self] [master] [dynamic]
  bridge fdb flush dev DEV [brport DEV] [vlan VID] [self] [master]
    [[no]permanent | [no]static | [no]dynamic] [[no]added_by_user]
    [[no]extern_learn] [[no]sticky] [[no]offloaded]
states: permanent, static or temp, stale, reachable or dynamic, all, or a number
`
