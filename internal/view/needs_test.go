package view

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/topology"
)

// What a node's kind needs is looked for in what the node's programs see, and
// an error names the package with the place.
func TestNeeds(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"vtysh", "frr/zebra", "frr/staticd", "frr/ospfd", "none/none"} {
		write(name)
	}
	file := filepath.Join(dir, "lab.yaml")
	if err := os.WriteFile(file, []byte(`name: x
nodes:
  r:
    count: 2
    kind: frr
    startup-config: |
      router ospf
      router rip
    extras: {frr: {daemons: [ospfd, bgpd]}}
    binds: ["frr:/usr/lib/frr", "none:/usr/libexec/frr", "vtysh:/usr/bin/vtysh"]
  s: {kind: frr, tmpfs: {/usr/lib/frr: ""}, binds: ["vtysh:/usr/bin/vtysh"]}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		t.Helper()
		top, err := topology.ParseFile(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadSources(top)
		if err != nil {
			t.Fatal(err)
		}
		return s.Check(top)
	}
	err := check()
	want := file + `:9:37: node "r1" is of kind frr, which needs the program bgpd; there is none in /usr/lib/frr or /usr/libexec/frr; install Debian's package frr, or what stands for it elsewhere`
	if err == nil || !strings.HasPrefix(err.Error(), want+"\n") || strings.Count(err.Error(), "needs the program") != 1 {
		t.Errorf("got  %v\nwant %s, once", err, want)
	}
	write("frr/bgpd")
	if err := check(); err != nil {
		t.Error(err)
	}
}

// Only some names become root's.
func TestAsRoot(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\nfrr:x:104:108:Frr,,,:/nonexistent:/bin/false\nfrr2:x:5:6::/:\nfrr\nfrr:x"
	const want = "root:x:0:0:root:/root:/bin/sh\nfrr:x:0:0:Frr,,,:/nonexistent:/bin/false\nfrr2:x:5:6::/:\nfrr\nfrr:x"
	if got := asRoot(passwd, []string{"frr"}, 2, 3); got != want {
		t.Errorf("%q", got)
	}
}
