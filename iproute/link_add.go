package iproute

import "github.com/nslab/nslab/rtnl"

// parseLinkAdd takes the parameters of a link to create. If there is no name,
// the kernel chooses one.
func parseLinkAdd(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	add := &rtnl.LinkAdd{}
	p := linkParams{command: "ip link add", create: true, attrs: &add.LinkAttrs, family: c.Options.Family}
	p.parse(w)
	if w.err != nil {
		return
	}
	if !p.typed {
		w.err = &WordError{Missing: true, Position: w.at + w.i, Want: `"type KIND"`, status: statusFailed, peer: `Not enough information: "type" argument is required`}
		return
	}
	add.Kind, _ = p.kind(w)
	add.Name, add.Index = p.newName(w), p.index
	c.op(add)
	p.finish(c)
}

// newName returns the name of the link to create, "" if the kernel is to choose
// one.
func (p *linkParams) newName(w *words) string {
	name := p.name
	if name == "" {
		name = p.dev
	}
	switch {
	case p.dev != "" && p.dev != name:
		w.fail(`a link that is being created has one name: "name %s" and "dev %s" are two`, p.name, p.dev)
		w.peer(`both "name" and "dev" cannot be used when creating devices.`)
	case name == "" && p.attrs.Group.IsSet():
		// As in iproute2, a group without a link means all links in it.
		w.fail(`"group" goes with a name when a link is created`)
		w.peer("group cannot be used when creating devices.")
	case name != "" && !validIfname(name):
		w.failWith(statusKernel, `%q is not a name for a link: 1 to 15 bytes without "/", ":" and white space`, name)
	}
	return name
}
