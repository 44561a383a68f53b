package watch

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A mover moves the names of namespaces while they are watched.
type mover struct {
	t      *testing.T
	dir    nsfs.Dir
	events <-chan Event
	upped  map[*nsfs.Handle]bool // whose lo is up
}

// newMover begins to watch namespaces under their names: each has the names of
// one list.
func newMover(t *testing.T, cfg Config, names ...[]string) (*mover, []*nsfs.Handle) {
	t.Helper()
	m := &mover{t: t, upped: make(map[*nsfs.Handle]bool)}
	var all []*nsfs.Handle
	for _, names := range names {
		h, err := nsfs.New()
		must(t, err)
		t.Cleanup(func() { must(t, h.Close()) })
		for _, name := range names {
			m.bind(name, h)
		}
		all = append(all, h)
	}
	t.Cleanup(func() {
		names, err := m.dir.List()
		must(t, err)
		for _, name := range names {
			m.delete(name)
		}
	})
	cfg.Kinds = 1 << Link
	m.events = start(t, cfg)
	return m, all
}

func (m *mover) bind(name string, h *nsfs.Handle) {
	m.t.Helper()
	must(m.t, m.dir.Bind(m.t.Context(), name, h))
}

func (m *mover) delete(name string) {
	m.t.Helper()
	for unix.Unmount(m.dir.File(name), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) == nil {
	}
	must(m.t, os.Remove(m.dir.File(name)))
}

// change changes a namespace, and wants that to be told under a name, as what
// comes next.
func (m *mover) change(h *nsfs.Handle, want string) {
	m.t.Helper()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
	must(m.t, err)
	defer c.Close()
	set := linkUp("lo")
	if m.upped[h] {
		set = linkDown("lo")
	}
	m.upped[h] = !m.upped[h]
	do(m.t, c, set)
	e := m.next()
	if e.Kind != Link || e.Space.NetNS != want {
		m.t.Errorf("got %q, want a link of %s", e.String(), want)
	}
}

func (m *mover) next() Event {
	m.t.Helper()
	return until(m.t, m.events, "at all", func(*Event) bool { return true })
}

// told wants events, in this order.
func (m *mover) told(want ...string) {
	m.t.Helper()
	for _, want := range want {
		if e := m.next(); e.String() != want {
			m.t.Errorf("got %q, want %q", e.String(), want)
		}
	}
}

// A name that leads to a namespace which is watched already is one more of its
// names: the namespace is told under it when all that it had before lead
// elsewhere.
func TestIntegrationSeveralNames(t *testing.T) {
	m, all := newMover(t, Config{}, []string{"b", "c"})
	h := all[0]
	m.change(h, "b") // the first in order
	m.bind("a", h)
	m.change(h, "b")
	m.delete("c")
	m.change(h, "b")
	m.bind("c", h)
	m.change(h, "b")
	m.delete("b")
	m.told("b: namespace is gone", "a: namespace appeared; it was b")
	m.change(h, "a")
	m.delete("a")
	m.told("a: namespace is gone", "c: namespace appeared; it was a")
	m.change(h, "c")
	m.delete("c")
	m.told("c: namespace is gone")
}

// A name moves to another namespace while its old one keeps another name.
func TestIntegrationNameMoves(t *testing.T) {
	m, all := newMover(t, Config{}, []string{"b", "bnd"})
	old := all[0]
	m.delete("b")
	h, err := nsfs.New()
	must(t, err)
	defer h.Close()
	m.bind("b", h)
	m.told("b: namespace is gone")
	e := m.next()
	b, err := e.JSON()
	must(t, err)
	var j struct{ NetNS, Action, Was string }
	must(t, json.Unmarshal(b, &j))
	if j.NetNS != "bnd" || j.Action != "appeared" || j.Was != "b" {
		t.Errorf("got %s", b)
	}
	m.told("b: namespace appeared")
	m.change(old, "bnd")
	m.change(h, "b")
	m.delete("b")
	m.told("b: namespace is gone")
	m.change(old, "bnd")
	bindMount(t, h, m.dir.File("bnd"))
	m.told("bnd: namespace is gone", "bnd: namespace appeared")
	m.change(h, "bnd")
}

// Two namespaces swap their names.
func TestIntegrationNamesSwap(t *testing.T) {
	rebind := func(m *mover, name string, h *nsfs.Handle) {
		must(t, unix.Unmount(m.dir.File(name), unix.MNT_DETACH))
		bindMount(t, h, m.dir.File(name))
	}
	for name, swap := range map[string]func(m *mover, one, two *nsfs.Handle){
		"over each other": func(m *mover, one, two *nsfs.Handle) {
			bindMount(t, two, m.dir.File("s1"))
			bindMount(t, one, m.dir.File("s2"))
		},
		"by a third name": func(m *mover, one, two *nsfs.Handle) {
			m.bind("s0", one)
			rebind(m, "s1", two)
			rebind(m, "s2", one)
			m.delete("s0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, all := newMover(t, Config{}, []string{"s1"}, []string{"s2"})
			swap(m, all[0], all[1])
			// Which namespaces are without a name when watch looks is a matter
			// of time.
			gone := make(map[string]bool)
			for again := 0; again < 2; {
				e := m.next()
				name := e.Space.NetNS
				switch e.Action {
				case Gone:
					gone[name] = true
				case Appeared:
					if name != "s0" && !gone[name] {
						t.Errorf("%s appeared, and had not gone", name)
					}
					if name != "s0" {
						again++
					}
				default:
					t.Errorf("got %q", e.String())
				}
			}
			m.change(all[0], "s2")
			m.change(all[1], "s1")
		})
	}
}

// Symbolic links, as labs have them, change places, and what a name is called
// changes with what it is.
func TestIntegrationNamesOfLab(t *testing.T) {
	aside := aside(t)
	dir := nsfs.Dir{}
	which := func(name string) (Space, bool) {
		if _, err := os.Readlink(dir.File(name)); err == nil {
			return Space{Label: "lab/" + name, Lab: "lab", Node: name}, true
		}
		return Space{Label: name}, true
	}
	var all []*nsfs.Handle
	for _, name := range []string{"n1", "n2"} {
		h, err := aside.Create(t.Context(), name)
		must(t, err, os.Symlink(aside.File(name), dir.File(name)))
		t.Cleanup(func() { must(t, h.Close(), unix.Unmount(aside.File(name), unix.MNT_DETACH)) })
		all = append(all, h)
	}
	m, _ := newMover(t, Config{Which: which})
	m.change(all[0], "n1")
	must(t, unix.Renameat2(unix.AT_FDCWD, dir.File("n1"), unix.AT_FDCWD, dir.File("n2"), unix.RENAME_EXCHANGE))
	var told []string
	for range 4 {
		e := m.next()
		told = append(told, e.String())
	}
	slices.Sort(told)
	for i, want := range []string{
		"lab/n1: namespace appeared", "lab/n1: namespace is gone", "lab/n2: namespace appeared", "lab/n2: namespace is gone",
	} {
		if told[i] != want && told[i] != want+"; it was lab/n1" && told[i] != want+"; it was lab/n2" {
			t.Errorf("got %q, want %q", told, want)
		}
	}
	m.change(all[0], "n2")
	m.change(all[1], "n1")

	// The same namespace has the same name, which is no node's any more.
	must(t, os.WriteFile(aside.File("file"), nil, 0o644))
	bindMount(t, all[1], aside.File("file"))
	must(t, os.Remove(dir.File("n1")))
	m.bind("n1", all[1])
	for {
		e := m.next()
		if e.String() == "n1: namespace appeared" || e.String() == "n1: namespace appeared; it was lab/n1" {
			break
		}
		if e.String() != "lab/n1: namespace is gone" {
			t.Fatalf("got %q", e.String())
		}
	}
	m.change(all[1], "n1")
}

// Two names that differ in bytes that are no UTF-8 alone differ in JSON, too.
func TestEventNameNoUTF8(t *testing.T) {
	told := make(map[string]string)
	for _, name := range []string{"a\xfe", "a\xff", "a\ufffd", "a"} {
		e := Event{Space: Space{NetNS: name, Label: name}, Kind: NetNS, Action: Gone}
		b, err := e.JSON()
		must(t, err)
		var j struct {
			NetNS string
			Hex   string `json:"netns_hex"`
		}
		must(t, json.Unmarshal(b, &j))
		told[name] = j.NetNS + " " + j.Hex
	}
	if want := map[string]string{"a\xfe": "a\ufffd 61fe", "a\xff": "a\ufffd 61ff", "a\ufffd": "a\ufffd ", "a": "a "}; !maps.Equal(told, want) {
		t.Errorf("got %q", told)
	}
}

// Each text of an event has its bytes in JSON if it is not UTF-8.
func TestEventTextNoUTF8(t *testing.T) {
	text := func(s string) *string { return &s }
	e := Event{
		Kind: Link, Action: Changed, Name: "n\xf0", Words: "w\xf1", Was: "s\xf2",
		Changes: []Change{{Name: "name", Old: text("o\xf3"), New: text("é\xf4")}, {Name: "alias", New: text("é")}},
	}
	b, err := e.JSON()
	must(t, err)
	type change struct {
		Old string `json:"old_hex"`
		New string `json:"new_hex"`
	}
	type hexes struct {
		NetNS   string   `json:"netns_hex"`
		Name    string   `json:"name_hex"`
		Words   string   `json:"words_hex"`
		Was     string   `json:"was_hex"`
		Changes []change `json:"changes"`
	}
	var got hexes
	must(t, json.Unmarshal(b, &got))
	if want := (hexes{Name: "6ef0", Words: "77f1", Was: "73f2", Changes: []change{{Old: "6ff3", New: "c3a9f4"}, {}}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// When all names of a namespace lead elsewhere at once, none of them is told in
// place of another.
func TestIntegrationAllNamesGo(t *testing.T) {
	m, all := newMover(t, Config{}, []string{"a", "b", "c"})
	must(t, unix.Mount("over", m.dir.File(""), "tmpfs", 0, ""))
	m.told("a: namespace is gone")
	// The watcher may be reading what is mounted there.
	must(t, unix.Unmount(m.dir.File(""), unix.MNT_DETACH))
	e := m.next() // under the name that is looked at first
	if name := e.Space.NetNS; e.Action != Appeared || e.Was != "" || !slices.Contains([]string{"a", "b", "c"}, name) {
		t.Errorf("got %q", e.String())
	}
	m.change(all[0], e.Space.NetNS)
}

// The name that a namespace has left is not told of it, if the namespace has
// ended and another has its number, and that name.
func TestIntegrationLabelOfNumberUsedAgain(t *testing.T) {
	var told []string
	w := listening(t, func(e *Event) error {
		told = append(told, e.String())
		return nil
	})
	w.ready = true
	dir, ended := nsfs.Dir{}, anonymous(t, "v0")
	for _, name := range []string{"a", "b"} {
		must(t, dir.Bind(t.Context(), name, ended), w.look(name))
	}
	was := w.names["a"].space
	must(t, w.appeared(was), ended.Close(), dir.Delete(t.Context(), "a"), dir.Delete(t.Context(), "b"))
	linkGone(t, "v0")
	h, _ := namespace(t, "b")
	// As in TestIntegrationNumberUsedAgain.
	delete(w.byInode, was.inode)
	was.inode = h.ID()
	w.byInode[was.inode] = was
	must(t, w.look("a"), w.look("b"))
	must(t, w.appeared(w.names["b"].space))
	if want := []string{"a: namespace appeared", "a: namespace is gone", "b: namespace appeared"}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
}
