package processes

import (
	"os"
	"regexp"
	"strconv"

	"github.com/nslab/nslab/internal/labdir"
)

// recoverGroup finds the group of a lab whose file cannot be read any more: the
// one that a process in a node of the lab is a member of. It returns nil if
// there is no such process.
func recoverGroup(d *labdir.Dir) (*Group, error) {
	l := &lookout{lab: d.Name, dir: d.Namespaces(), keys: make(map[nsKey]string)}
	if err := l.readKeys(d); err != nil || len(l.keys) == 0 {
		return nil, err
	}
	id := regexp.QuoteMeta(d.Name) + `\.[0-9a-f]{16}`
	inTree := regexp.MustCompile(`(?m)^0::.*/` + parentGroup + `/(` + id + `)/`)
	inMark := regexp.MustCompile(`(?:^|\x00)` + Mark + `=(` + id + `):`)
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var marked *Group
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		base := "/proc/" + e.Name()
		if node, err := l.nodeAt(base); err != nil || node == "" {
			continue
		}
		// One that has ended by now, or that cannot be looked into, tells
		// nothing.
		if b, err := os.ReadFile(base + "/cgroup"); err == nil {
			if m := inTree.FindSubmatch(b); m != nil {
				return &Group{dir: d, id: string(m[1])}, nil
			}
		}
		if b, err := readEnviron(base + "/environ"); err == nil && marked == nil {
			if m := inMark.FindSubmatch(b); m != nil {
				marked = &Group{dir: d, id: string(m[1]), marked: true}
			}
		}
	}
	return marked, nil
}

// KeepGroup writes the file of a group again if it cannot be read any more, as
// long as processes tell which group that is. The directory has to be locked. If
// the file cannot be written, on a full file system say, it is recovered at
// each ReadGroup instead.
func KeepGroup(d *labdir.Dir) error {
	b, err := d.Read(groupFile)
	if err != nil || b == nil || groupText.Match(b) {
		return err
	}
	g, err := recoverGroup(d)
	if err != nil || g == nil {
		return err
	}
	kind := kindTree
	if g.marked {
		kind = kindMark
	}
	g.record(kind) //nolint:errcheck // see above
	return nil
}
