package clab

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/topology"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// environment is what files of tests refer to.
func environment(name string) (string, bool) {
	v, ok := map[string]string{"USERS": "/home", "SET": "x", "EMPTY": "", "PROGRAM": "sleep 1000", "LINES": "a\n  b", "OTHER": "other"}[name]
	return v, ok
}

func parse(name, text string, l Language) (*topology.Topology, error) {
	l.Getenv = environment
	return topology.Parse(name, []byte(text), &topology.ParseOptions{Language: &l})
}

// same reports how the lab of a file differs from that of the lab file which
// stands for it.
func same(t *testing.T, top *topology.Topology) {
	t.Helper()
	again, err := topology.Parse("lab.yaml", top.Source, nil)
	if err != nil {
		t.Fatalf("the lab file is wrong: %v\n%s", err, top.Source)
	}
	was, is := topology.Diff(top, again)
	if was == nil || len(was.Nodes)+len(is.Nodes)+len(was.Links)+len(is.Links) > 0 || top.Name != again.Name || len(top.Nodes) != len(again.Nodes) || len(top.Links) != len(again.Links) {
		t.Errorf("the lab file describes another lab\n%s", top.Source)
	}
}

// TestGolden compares the lab files that stand for the files of testdata, and
// the warnings about these, with those beside them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.clab.yml")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			top, err := parse(filepath.Base(path), string(data), Language{})
			if err != nil {
				t.Fatal(err)
			}
			same(t, top)
			got := string(top.Source)
			for _, w := range top.Warnings() {
				got += "#! " + w.Error() + "\n"
			}
			golden := strings.TrimSuffix(path, ".clab.yml") + ".golden"
			testenv.Golden(t, golden, got, *update)
			// With strict, the warnings are mistakes.
			_, err = parse(filepath.Base(path), string(data), Language{Strict: true})
			if wrong, _ := err.(topology.Errors); len(wrong) != len(top.Warnings()) {
				t.Errorf("%d warnings, and %d mistakes with strict", len(top.Warnings()), len(wrong))
			}
		})
	}
}

// Without layers of their own, programs in nodes see the machine's directories.
func TestSharedFiles(t *testing.T) {
	const text = "name: a\ntopology: {nodes: {l1: {kind: linux, tmpfs: {/var: \"\"}}, l2: {kind: linux}}}\n"
	for _, shared := range []bool{false, true} {
		top, err := parse("a.clab.yml", text, Language{SharedFiles: shared})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(top.Nodes[0].Overlays, top.Nodes[1].Overlays)
		want := "[/etc /home /opt /root /srv /tmp] [/etc /home /opt /root /srv /tmp /var]"
		if shared {
			want = "[] []"
		}
		if got != want {
			t.Errorf("shared %v: overlays %s, want %s", shared, got, want)
		}
	}
}

// An image of a routing daemon is a node of that kind, and the bind of its
// configuration its startup-config.
func TestDaemons(t *testing.T) {
	const text = `name: d
topology:
  defaults: {kind: linux}
  nodes:
    a: {image: "quay.io/frrouting/frr:10.5.1", binds: ["a.conf:/etc/frr/frr.conf", "daemons:/etc/frr/daemons", "x:/x"]}
    b: {image: "example/bird:2.17", binds: ["b.conf:/etc/bird/bird.conf"]}
    c: {image: frr, cmd: sleep 5s 6s, binds: ["c.conf:/etc/frr/frr.conf"]}
    d: {image: frr, binds: ["dir:/etc/frr", "old:/etc/frr/frr.conf", "old:/x", "d.conf:/etc/frr/frr.conf", "x:/x:ro"]}
    e: {image: frr, binds: ["dir:/etc/frr"]}
`
	var read []string
	top, err := topology.Parse("d.clab.yml", []byte(text), &topology.ParseOptions{
		Language: &Language{}, ReadFile: func(path string) (string, error) {
			read = append(read, path)
			return "router ospf\n", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range top.Nodes {
		n := &top.Nodes[i]
		line := n.Kind.String()
		for _, p := range n.Processes {
			line += " " + p.Name
		}
		got = append(got, fmt.Sprint(line, " ", n.Binds))
	}
	want := []string{
		"frr zebra staticd ospfd [x:/x]", "bird bird []", "router cmd [c.conf:/etc/frr/frr.conf]",
		"frr zebra staticd ospfd [x:/x:ro]", "frr zebra staticd ospfd []",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if want := []string{"a.conf", "b.conf", "d.conf", "dir/frr.conf"}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
}

// What tells a file from a lab file is a key of its own, however it is written,
// and not the beginning of a line.
func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		`{"name": "a", "topology": {"nodes": {"l1": {"kind": "linux"}}}}`:  true,
		"name: a\n? topology\n: {nodes: {l1: {kind: linux}}}\n":            true,
		"name: a\nnodes:\n  l1: {env: {X: \"\n\ntopology: none\"}}\n":      false,
		"name: a\ntopology: {nodes: {l1: {kind: linux, cmd: $PROGRAM}}}\n": true,
		"name: a\nnodes: {l1: {kind: router, env: {topology: x}}}\n":       false,
	} {
		top, err := parse("a.yaml", text, Language{})
		if err != nil || top.Translated() != want {
			t.Errorf("%s: %v, %v, want %v", text, top, err, want)
		}
	}
}

// A tmpfs has a size as there.
func TestTmpfsSize(t *testing.T) {
	top, err := parse("a.clab.yml", "name: a\ntopology: {nodes: {l1: {kind: linux, tmpfs: {/scratch: \"size=10m\"}}}}\n", Language{})
	if err != nil || len(top.Nodes[0].Tmpfs) != 1 || top.Nodes[0].Tmpfs[0].Size != "10m" {
		t.Errorf("%v, %+v", err, top)
	}
}

// Each mistake has the place in the file as it is written.
func TestMistakes(t *testing.T) {
	const head = "name: m\ntopology:\n"
	node := func(text string) string { return head + "  nodes:\n    a: {kind: linux, " + text + "}\n" }
	for _, c := range []struct{ text, want string }{
		{"topology: {nodes: {a: {kind: linux}}}\n", `1:1 the lab has no name; add name:`},
		{"name: '***'\ntopology: {nodes: {a: {kind: linux}}}\n", `1:7 name is "***"; use 1 to 32 of a-z, 0-9 and "-"`},
		{"name: x-__gitHash__\ntopology: {nodes: {a: {kind: linux}}}\n", `1:7 name "x-__gitHash__": variables of git are not supported; write a name`},
		{"name: m\ntopology:\n", `1:1 topology is empty; write the nodes under topology:`},
		{`{"name": "m", "topology": {"nodes": {"a": {"kind": "linus"}}}}`, `1:52 unknown kind "linus" of node "a"; did you mean "linux"?`},
		{head + "  nodes: [a, b]\n", `3:10 nodes is a mapping, not a list`},
		{"name: [a]\ntopology: {nodes: {a: {kind: linux}}}\n", `1:7 name is a single value, not a list`},
		{node(`healthcheck: {test: ["false"]}`), `4:43 test begins with "false"; write CMD-SHELL or CMD`},
		{node(`healthcheck: {test: []}`), `4:42 test is empty; write test: [CMD-SHELL, TEXT] or [CMD, PROGRAM, ARGUMENT ...]`},
		{node(`healthcheck: {test: [CMD]}`), `4:42 test has no program; write test: [CMD-SHELL, TEXT] or [CMD, PROGRAM, ARGUMENT ...]`},
		{head + "  nodes: {}\n", `3:3 the topology has no nodes; add nodes:`},
		{head + "  nodes: {a: {}}\n", `3:11 node "a" has no kind; write kind: linux`},
		{head + "  nodes: {a: {kind: linus}}\n", `3:21 unknown kind "linus" of node "a"; did you mean "linux"?`},
		{head + "  kinds: {nokia_srlinux: {image: x}}\n  nodes:\n    a: {kind: nokia_srlinux}\n", `5:15 node "a" is of kind nokia_srlinux: Nokia SR Linux, a container image, which nslab cannot run`},
		{head + "  defaults: {kind: ceos}\n  nodes:\n    a:\n", `5:5 node "a" is of kind ceos: Arista cEOS, a container image, which nslab cannot run`},
		{node(`images: alpine`), `4:22 unknown key "images" of node a; did you mean "image"?`},
		{node(`exec: ls`), `4:28 exec is a list, not a single value`},
		{node(`exec: [[ls]]`), `4:29 an entry of exec is a single value, not a list`},
		{node(`exec: ["echo 'x"]`), `4:29 exec "echo 'x": a quote is never closed`},
		{node(`exec: [""]`), `4:29 exec "" has no command; take it out`},
		{node(`exec: ["# echo"]`), `4:29 exec "# echo" has no command; take it out`},
		{node(`exec: ["sh -c 'apt-get -y install nginx && nginx'"]`), `4:29 exec "sh -c apt-get -y install nginx && nginx" would install packages on the machine; install them there, and take the command out of the line`},
		{node(`env: [a]`), `4:27 env is a mapping, not a list`},
		{node(`env: {"A B": c}`), `4:28 environment variable "A B": use letters`},
		{node(`binds: [/x]`), `4:30 bind "/x" is not a source and a target; write SOURCE:TARGET`},
		{node(`binds: ["/x:y"]`), `4:30 target "y" of a bind is not an absolute path`},
		{node(`network-mode: host`), `4:36 node "a" is in the machine's own network (network-mode: host), and a node has its own`},
		{node(`network-mode: "container:b"`), `4:36 node "a" is in the network of another (network-mode: container:b), and a node has its own; run both programs in one node, under processes:`},
		{node(`startup-delay: soon`), `4:37 startup-delay is "soon"; write a number of seconds`},
		{node(`healthcheck: {interval: 1}`), `4:35 a healthcheck without test; write test: [CMD-SHELL, TEXT] or [CMD, PROGRAM, ARGUMENT ...]`},
		{node(`healthcheck: {test: [SH, x]}`), `4:43 test begins with "SH"; write CMD-SHELL or CMD`},
		{node(`healthcheck: {test: [CMD, x], intervall: 1}`), `4:52 unknown key "intervall" of healthcheck; did you mean "interval"?`},
		{node(`restart-policy: sometimes`), `4:38 restart-policy is "sometimes"; write `},
		{node(`restart-policy: [always]`), `4:38 restart-policy is a single value, not a list`},
		{node(`dns: [192.0.2.1]`), `4:27 dns is a mapping, not a list`},
		{node(`dns: {servers: [x]}`), `4:38 dns server "x" is not an IP address`},
		{node(`sysctls: {net.ipv4.ip_forward: {}}`), `4:53 an entry of sysctls is a single value, not a mapping`},
		{node(`stages: {create: {wait-for: [{node: b, stage: exit}]}}`), `4:68 node "a" waits for the end of node "b", and no node ends while the lab is up; wait for its stage healthy`},
		{node(`stages: {create: {exec: [{command: reboot, target: host, phase: on-enter}]}}`), `4:73 command "reboot" is for the machine itself, and a lab runs nothing there; run it yourself`},
		{node(`stages: {create: {exec: [{command: ls, phase: enter}]}}`), `4:68 phase is "enter"; write on-enter or on-exit`},
		{node(`stages: {create: {exec: [{command: ls, target: [host]}]}}`), `4:69 target is a single value, not a list`},
		{node(`stages: {create: {wait-for: [{node: nobody, stage: healthy}]}}`), `4:58 wait-for: no node "nobody"`},
		{head + "  nodes: {a: {kind: linux}, h: {kind: host}}\n  links: [{endpoints: [\"a:e\", \"h:x\"]}]\n", `4:31 endpoint "h" leads to an interface of the machine, and a lab has no link out of it`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - endpoints: [\"a:e\", \"host:x\"]\n", `5:26 endpoint "host" leads to an interface of the machine, and a lab has no link out of it`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - endpoints: [\"mgmt-net:e\", \"a:x\"]\n", `5:19 endpoint "mgmt-net" leads to the management network, which does not exist here, and a lab has no link out of it`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - {type: vxlan, endpoint: {node: a, interface: e}, remote: 192.0.2.1, vni: 1}\n", `5:14 a link of type vxlan leads to a tunnel through the machine's network`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - {type: vth, endpoints: [\"a:e\", \"a:f\"]}\n", `5:14 unknown type of link "vth"; those that a lab can have are veth and dummy`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - endpoints: [\"a:e\", \"b:x\"]\n", `5:26 no node "b"`},
		{head + "  nodes: {a: {kind: linux}}\n  links:\n    - endpoints: [\"a:e\"]\n", `5:7 a link without two endpoints; write endpoints: ["NODE:INTERFACE", "NODE:INTERFACE"]`},
		{head + "  nodes: {a: {kind: linux, binds: [\"${USERS}/x:y\", \"${OTHER}:z\"]}}\n", `3:36 target "y" of a bind is not an absolute path`},
		{head + "  nodes: {a: {kind: linux, user: \"${OTHER:-x\n\"}}\n", `3:35 a variable is never closed: ${OTHER; write $$ for a dollar sign`},
		{head + "{{ range .x }}\n  nodes: {a: {kind: linux}}\n", `3:1 a template of Go is not supported; write what it makes`},
	} {
		_, err := parse("m.clab.yml", c.text, Language{})
		wrong, _ := err.(topology.Errors)
		var got []string
		for _, e := range wrong {
			text := fmt.Sprintf("%d:%d %s", e.Line, e.Column, e.Message)
			if e.Suggestion != "" {
				text += "; " + e.Suggestion
			}
			got = append(got, text)
		}
		if !slices.ContainsFunc(got, func(g string) bool { return g == c.want || strings.HasPrefix(g, c.want) }) {
			t.Errorf("%s\ngot  %v (%v)\nwant %s", c.text, got, err, c.want)
		}
	}
}

// What containerlab's keys have wrong is reported with what is wrong in the lab
// file that stands for the file, but for what is wrong for the first alone.
func TestAllMistakes(t *testing.T) {
	node := "name: m\ntopology:\n  nodes:\n    a: {kind: linux, exec: [''], binds: [\"/x:y\"], healthcheck: {test: [CMD, x], interval: x, retries: -1}}\n"
	const link = "  links: [{endpoints: [\"a:e\", \"b:e\"], mtu: 99999}]\n"
	for text, want := range map[string][]string{
		node + "    b: {kind: linux}\n" + link: {
			`4:29 exec "" has no command`, `4:42 target "y" of a bind is not an absolute path`, `4:91 interval is "x"`, `4:103 retries is "-1"`, `6:44 mtu is "99999"`,
		},
		node + "    b: {kind: ceos}\n" + link: {`4:29 exec "" has no command`, `4:91 interval is "x"`, `5:15 node "b" is of kind ceos`},
	} {
		_, err := parse("m.clab.yml", text, Language{})
		wrong, _ := err.(topology.Errors)
		var got []string
		for i, e := range wrong {
			line := fmt.Sprintf("%d:%d %s", e.Line, e.Column, e.Message)
			if i < len(want) && strings.HasPrefix(line, want[i]) {
				line = want[i]
			}
			got = append(got, line)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

// Programs are started again as the file says, and only then.
func TestRestartPolicy(t *testing.T) {
	const text = `name: r
topology:
  kinds: {linux: {image: alpine, cmd: sleep 1 2}}
  groups: {g: {restart-policy: unless-stopped}}
  nodes:
    a: {kind: linux}
    b: {kind: linux, restart-policy: always}
    c: {kind: linux, restart-policy: on-failure}
    d: {kind: linux, restart-policy: "on-failure:3"}
    e: {kind: linux, group: g}
    f: {kind: linux, group: g, restart-policy: no}
    g: {kind: linux, restart-policy: ""}
    h: {kind: linux, image: bird, entrypoint: bird -f, restart-policy: on-failure}
`
	top, err := parse("r.clab.yml", text, Language{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, top)
	var got []string
	for i := range top.Nodes {
		for _, p := range top.Nodes[i].Processes {
			got = append(got, top.Nodes[i].Name+" "+p.Restart.String())
		}
	}
	want := []string{"a no", "b always", "c on-failure", "d on-failure:3", "e always", "f no", "g no", "h on-failure"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Keys that have no effect in a bridge, or in a node that is left out, are
// warnings where they are written, and mistakes with strict.
func TestUnusedKeys(t *testing.T) {
	const text = `name: u
topology:
  defaults: {image: alpine, env: {X: y}}
  kinds:
    bridge: {exec: [ls]}
    host: {labels: {a: b}}
  groups: {g: {user: root}}
  nodes:
    br:
      kind: bridge
      group: g
      network-mode: none
      exec: [ls]
      binds: [a:/b]
      startup-delay: 1
      env: {A: b}
      healthcheck: {test: [CMD, "false"]}
      memory: 1Gb
    h: {kind: host, exec: [reboot]}
    empty: {kind: bridge, exec: , env: null}
`
	const bridge, host = " has no meaning in a node of kind bridge", " has no meaning in a node of kind host"
	want := []string{
		"5:14 exec" + bridge, "6:12 labels" + host,
		"13:7 exec" + bridge, "14:7 binds" + bridge, "15:7 startup-delay" + bridge, "16:7 env" + bridge, "17:7 healthcheck" + bridge,
		"19:21 exec" + host,
	}
	unused := func(all topology.Errors) (got []string) {
		for _, e := range all {
			if strings.Contains(e.Message, "meaning in a node of kind") {
				got = append(got, fmt.Sprintf("%d:%d %s", e.Line, e.Column, e.Message))
			}
		}
		return got
	}
	top, err := parse("u.clab.yml", text, Language{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, unused(top.Warnings())); d != "" {
		t.Error(d)
	}
	_, err = parse("u.clab.yml", text, Language{Strict: true})
	wrong, _ := err.(topology.Errors)
	if d := cmp.Diff(want, unused(wrong)); d != "" {
		t.Errorf("strict: %s", d)
	}
}

// The known kinds are those of the table in docs/containerlab.md.
func TestKindsDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/containerlab.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, what := range Kinds {
		if row := "| `" + kind + "` | " + what; what != "" && !strings.Contains(string(data), row) {
			t.Errorf("no row %q in docs/containerlab.md", row)
		}
	}
	for _, keys := range []map[string]string{nodeSection.keys, labSection.keys, linkSection.keys} {
		for key := range keys {
			if !strings.Contains(string(data), "`"+key+"`") {
				t.Errorf("key %s is not in docs/containerlab.md", key)
			}
		}
	}
	for kind := range linkTypes {
		if !strings.Contains(string(data), "`"+kind+"`") {
			t.Errorf("links of type %s are not in docs/containerlab.md", kind)
		}
	}
}
