package lab

import (
	"github.com/nslab/nslab/internal/view"
)

// A ViewChange is a difference between what programs in an existing node see
// and what those that are started after Up see.
type ViewChange struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Mounts are the binds and tmpfs that are new, gone or different, in words.
	Mounts []string `json:"mounts"`
}

// viewChanges compares the file with the one that the lab agrees with, for the
// nodes that a plan does not make.
func (s *session) viewChanges(p *Plan) (all []ViewChange) {
	was := s.files[sourceFile]
	if was == nil {
		return nil
	}
	changes := view.Changes(was, s.oldSources, p.Topology, s.sources)
	for _, c := range changes {
		if !p.made[c.Node] {
			all = append(all, ViewChange(c))
		}
	}
	return all
}
