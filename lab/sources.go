package lab

import (
	"fmt"
	"maps"
	"slices"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"github.com/nslab/nslab/process"
	"github.com/nslab/nslab/topology"
)

// ErrOverlay is matched by an error that says that an overlay of a node cannot
// be mounted, such as for lack of overlayfs in the kernel.
var ErrOverlay = view.ErrOverlay

// readSources reads what a lab file refers to, and checks that this machine has
// all that programs are to see.
func readSources(t *topology.Topology) (*view.Sources, error) {
	s, err := view.ReadSources(t)
	if err != nil {
		return nil, err
	}
	return s, s.Check(t)
}

// readFor is readSources for a lab that is to be brought up here.
func (c *Config) readFor(t *topology.Topology) (*view.Sources, error) {
	s, err := readSources(t)
	if err != nil {
		return nil, err
	}
	return s, process.CheckLimits(t, c.orDefault().Contained)
}

// readStored reads the sources in a file of the lab's directory, or where they
// are if the run that wrote them has come to its end.
func readStored(p *labdir.Dir, name string) (*view.Sources, error) {
	b, err := p.Read(name)
	if err == nil && b == nil && name == sourcesDraft {
		b, err = p.Read(sourcesFile)
	}
	if err != nil {
		return nil, err
	}
	s, err := view.DecodeSources(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errBroken, p.Path(name), err)
	}
	return s, nil
}

// sourcesOf is the file with the sources of a file in the lab's directory.
func sourcesOf(source string) string {
	if source == sourceFile {
		return sourcesFile
	}
	return sourcesDraft
}

// storedText makes Parse give the lab of a stored file its name, and read what
// the file refers to from its sources, which may be nil. What is not there belongs to a run that was killed
// before it began, or whose sources a later one has replaced: nothing is known
// then of what it has started but what the records of processes say.
func storedText(name string, s *view.Sources) *topology.ParseOptions {
	return &topology.ParseOptions{Name: name, ReadFile: func(path string) (string, error) { return s.Text(path), nil }}
}

// draftSources writes what the file refers to, if it refers to anything.
func (s *session) draftSources() error {
	if s.sources == nil {
		return nil
	}
	b, err := s.sources.Encode()
	if err != nil {
		return err
	}
	return s.Write(sourcesDraft, b, draftMode)
}

// mountView mounts the tmpfs of the nodes' views, if nodes see other files than
// the machine's.
func (s *session) mountView(t *topology.Topology) (err error) {
	if slices.ContainsFunc(t.Nodes, func(n topology.Node) bool { return n.HasMounts() }) {
		s.newView, err = s.MountView()
	}
	return err
}

// forgetViews removes what the earlier namespaces of nodes have left there,
// once they are gone.
func (s *session) forgetViews(p *Plan) error {
	if s.createsLab || s.newView {
		return nil
	}
	return s.ForgetViews(append(slices.Collect(maps.Keys(p.made)), p.dropped()...))
}
