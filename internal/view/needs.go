package view

import (
	"path"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// needs checks that programs in a node find the daemons of its kind.
func (c *checker) needs(n *topology.Node, mounts []mount) {
	for _, need := range n.Needs() {
		if c.found(&need, mounts) {
			continue
		}
		missing := missingProgram{need.Program, need.At}
		if c.missing[missing] {
			continue // said of another node of a count
		}
		c.missing[missing] = true
		where := ""
		if len(need.Dirs) <= 2 {
			where = " in " + plain.Name(need.Dirs[0])
			for _, dir := range need.Dirs[1:] {
				where += " or " + plain.Name(dir)
			}
		}
		c.wrong.Add(need.At, "install Debian's package "+need.Package+", or what stands for it elsewhere", "node %q is of kind %s, which needs the program %s; there is none%s",
			n.Name, n.Kind, need.Program, where)
	}
}

// A missingProgram is one that is asked for at a place.
type missingProgram struct {
	name string
	at   topology.Pos
}

func (c *checker) found(need *topology.Need, mounts []mount) bool {
	for _, dir := range need.Dirs {
		if k := c.seen(mounts, path.Join(dir, need.Program)); k.err == nil && !k.dir || k.below {
			return true
		}
	}
	return false
}
