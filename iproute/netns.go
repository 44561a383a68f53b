package iproute

import "github.com/nslab/nslab/engine"

var netnsObject = object{
	name: "netns",
	bare: "list",
	// A wrong word of ip netns is a failure, not a usage error.
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
			c.Endless = true
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
	format: formatNetns,
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
