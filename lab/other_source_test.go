package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/topology"
)

// Two files with one name do not overwrite each other's lab; a file is the same
// wherever it is moved to.
func TestIntegrationOtherSource(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(path string) *topology.Topology {
		top, err := topology.ParseFile(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return top
	}
	const first, second = "name: t\nnodes: {a: {}}\n", "name: t\nnodes: {b: {}}\n"
	mine, other := write("mine.yaml", first), write("other.yaml", second)
	defer func() {
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Error(err)
		}
	}()
	// may is whether up changes the lab, without Replace and without a change
	// where it may not.
	may := func(what string, top *topology.Topology, want bool) {
		t.Helper()
		_, perr := PlanUp(bg, top, nil, UpOptions{})
		_, err := Up(bg, top, nil, UpOptions{})
		if errors.Is(err, ErrOtherSource) == want || errors.Is(perr, ErrOtherSource) == want {
			t.Errorf("%s: up %v, plan %v", what, err, perr)
		}
		if !want && err != nil && !strings.Contains(err.Error(), `lab "t": a lab of this name exists already: it was created from `+mine) {
			t.Errorf("%s: %v", what, err)
		}
	}
	may("a new lab", read(mine), true)
	may("the same file", read(mine), true)
	may("another file", read(other), false)
	in := parse(t, second)
	in.Path = "standard input"
	may("standard input", in, false)
	in = parse(t, first)
	in.Path = "standard input"
	may("the same text from standard input", in, true)
	if _, err := os.Lstat("/run/netns/t-a"); err != nil {
		t.Error(err)
	}
	may("a copy", read(write("copy.yaml", first)), true)
	write("mine.yaml", first+"# a comment\n")
	may("the same file, edited", read(mine), true)
	link := filepath.Join(dir, "link.yaml")
	if err := os.Symlink(mine, link); err != nil {
		t.Fatal(err)
	}
	write("mine.yaml", first+"# another comment\n")
	may("a link to it", read(link), true)
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	may("it, by way of a link that is gone", read(mine), true)
	if err := os.Rename(mine, filepath.Join(dir, "moved.yaml")); err != nil {
		t.Fatal(err)
	}
	moved := write("moved.yaml", first+"# moved, and edited\n")
	may("the file, moved", read(moved), true)
	again := filepath.Join(dir, "moved-again.yaml")
	if err := os.Rename(moved, again); err != nil {
		t.Fatal(err)
	}
	may("the file, moved as it is", read(again), true)
	if labs, err := List(nil); err != nil || len(labs) != 1 || labs[0].Source != again {
		t.Errorf("the lab's file is %+v, %v; want %s", labs, err, again)
	}
	if _, err := Up(bg, read(other), nil, UpOptions{Replace: true}); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat("/run/netns/t-b"); err != nil {
		t.Error(err)
	}
	may("the other, which is the lab's now", read(other), true)
}

// A name that is taken is said to be whose it is.
func TestIntegrationTakenNames(t *testing.T) {
	up(t, nil, "name: t\nprefix: p-\nnodes: {a: {}}\n")
	for at, target := range map[string]string{"/run/netns/p-b": "/run/nslab/gone/ns/b", "/run/netns/p-c": "/run/nslab/nobody", "/run/netns/p-d": "/nowhere"} {
		if err := os.Symlink(target, at); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(at)
	}
	top := parse(t, "name: u\nprefix: p-\nnodes: {a: {}, b: {}, c: {}, d: {}, e: {}}\n")
	_, perr := PlanUp(bg, top, nil, UpOptions{})
	_, uerr := Up(bg, top, nil, UpOptions{})
	for _, err := range []error{perr, uerr} {
		const want = `node "a": its name is taken (file already exists): /run/netns/p-a belongs to lab "t": choose another prefix:, or run "nslab down t" first
node "b": its name is taken (file already exists): /run/netns/p-b is left over from lab "gone", which no longer exists: run "rm /run/netns/p-b"
node "c": its name is taken (file already exists): /run/netns/p-c was not made by nslab: choose another prefix:, or delete it first
node "d": its name is taken (file already exists): /run/netns/p-d was not made by nslab: choose another prefix:, or delete it first`
		if !errors.Is(err, fs.ErrExist) || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
