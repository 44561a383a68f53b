package topology

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// namesOf returns the names of a node's processes.
func namesOf(n *Node) string {
	var all []string
	for i := range n.Processes {
		all = append(all, n.Processes[i].Name)
	}
	return strings.Join(all, " ")
}

// The daemons that a configuration uses run besides zebra and staticd.
func TestFRRDaemons(t *testing.T) {
	for config, want := range map[string]string{
		"":                                      "",
		"hostname x\nip route 10.0.0.0/8 Null0": "",
		"router bgp 65000\n neighbor eth0 interface remote-as external":       "bgpd",
		"router ospf\n network 0.0.0.0/0 area 0":                              "ospfd",
		"interface eth0\n ip ospf area 0\nexit":                               "ospfd",
		"interface eth0\n ip ospf bfd":                                        "ospfd bfdd",
		"router ospf vrf red":                                                 "ospfd",
		"router ospf6\n":                                                      "ospf6d",
		"interface eth0\n ipv6 ospf6 area 0":                                  "ospf6d",
		"router rip\nrouter ripng":                                            "ripd ripngd",
		"router isis 1\n segment-routing on":                                  "isisd",
		"interface eth0\n ipv6 router isis 1":                                 "isisd",
		"router openfabric 1":                                                 "fabricd",
		"interface eth0\n ip router openfabric 1":                             "fabricd",
		"interface eth0\n ip pim\n ip igmp":                                   "pimd",
		"ip pim rp 10.0.0.1":                                                  "pimd",
		"interface eth0\n ipv6 pim":                                           "pim6d",
		"mpls ldp\n":                                                          "ldpd",
		"router bgp 1\n neighbor 10.0.0.1 bfd":                                "bgpd bfdd",
		"bfd\n peer 10.0.0.1":                                                 "bfdd",
		"segment-routing\n traffic-eng":                                       "pathd",
		"pbr-map X seq 1\n":                                                   "pbrd",
		"interface eth0\n vrrp 1":                                             "vrrpd",
		"interface eth0\n description router ospf and ip ospf":                "",
		"! router bgp 1\n# router ospf":                                       "",
		"no router bgp\nrouter bgpx":                                          "",
		"{{if .Env.AS}}router bgp {{.Env.AS}}{{end}}\n":                       "bgpd",
		"{{range .Interfaces}}interface {{.Name}}\n{{end}}router eigrp 1\n{{": "eigrpd",
	} {
		read := func(path string) (string, error) {
			if path != "r.conf" {
				return "", errors.New(path)
			}
			return config, nil
		}
		top, err := Parse("lab.yaml", []byte("name: x\nnodes: {r: {kind: frr, startup-config: r.conf}}\n"), &ParseOptions{ReadFile: read})
		if err != nil {
			t.Fatal(err)
		}
		if got := namesOf(&top.Nodes[0]); got != strings.TrimSpace("zebra staticd "+want) {
			t.Errorf("%q: %s, want %s", config, got, want)
		}
	}
}

// What a node of kind frr is made of.
func TestFRRNode(t *testing.T) {
	top := mustParse(t, `name: x
defaults: {startup-config: "router ospf\n", stop-timeout: 3s}
kinds:
  frr: {extras: {frr: {daemons: [isisd, "bgpd -p 0"]}}}
nodes:
  a: {kind: frr, cmd: sleep 9, wait-for: ["b/o*"], tmpfs: {/run/frr: "mode=700"}}
  b: {kind: frr, startup-config: "hostname {{.Name}} of ${LAB}\n", extras: {frr: {daemons: [ospfd]}}}
  c: {kind: frr, extras: {frr: {daemons: []}}, files: {/etc/frr/vtysh.conf: {content: x}}, binds: ["d:/etc/frr/daemons"]}
  d: {kind: frr, user: "root:frr", env: {VTYSH_HISTFILE: /dev/null, Z: z, A: a}}
  h: {}
`)
	for name, want := range map[string]string{"a": "VTYSH_HISTFILE=/run/frr/history", "d": "A=a VTYSH_HISTFILE=/dev/null Z=z", "h": ""} {
		if got := strings.Join(top.Node(name).Env, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{"a": "zebra staticd isisd bgpd cmd", "b": "zebra staticd ospfd", "c": "zebra staticd", "h": ""} {
		if got := namesOf(top.Node(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	a, b := top.Node("a"), top.Node("b")
	if !a.Kind.Forwards() || a.Kind.String() != "frr" || top.Node("h").Kind.Forwards() {
		t.Errorf("%s forwards: %v", a.Kind, a.Kind.Forwards())
	}
	bgpd := a.Process("bgpd")
	if want := []string{"/bin/sh", "/etc/frr/start", "zebra staticd isisd", "bgpd", "-p", "0"}; !slices.Equal(bgpd.Command, want) {
		t.Errorf("%q", bgpd.Command)
	}
	if !bgpd.OfKind || a.Process("cmd").OfKind || !slices.Contains(bgpd.WaitFor, WaitFor{"a", "zebra"}) || bgpd.StopTimeout.Seconds() != 3 {
		t.Errorf("%+v", bgpd)
	}
	if !slices.Equal(a.WaitFor, []WaitFor{{"b", "ospfd"}}) {
		t.Errorf("%v", a.WaitFor)
	}
	if i := slices.IndexFunc(a.Tmpfs, func(m Tmpfs) bool { return m.Target == "/run/frr" }); len(a.Tmpfs) != 3 || a.Tmpfs[i].Mode.Or(0) != 0o700 {
		t.Errorf("%v", a.Tmpfs)
	}
	files := func(n *Node) (all []string) {
		for _, f := range n.Files {
			all = append(all, f.Target)
			if f.Target == "/etc/frr/startup-config" && n == b && (f.Content != "hostname {{.Name}} of x\n" || !f.Templated) {
				t.Errorf("%+v", f)
			}
		}
		slices.Sort(all)
		return all
	}
	for _, n := range []*Node{a, b, top.Node("c")} {
		if want := []string{"/etc/frr/start", "/etc/frr/startup-config", "/etc/frr/vtysh.conf"}; !slices.Equal(files(n), want) {
			t.Errorf("%s: %q", n.Name, files(n))
		}
	}
	var needs []string
	for _, need := range a.Needs() {
		needs = append(needs, need.Program+" "+need.Package)
		if line := map[string]int32{"zebra": 6, "staticd": 6, "isisd": 4, "bgpd": 4, "vtysh": 2}[need.Program]; need.At.Line != line {
			t.Errorf("%+v, want line %d", need, line)
		}
	}
	if want := []string{"zebra frr", "staticd frr", "isisd frr", "bgpd frr", "vtysh frr"}; !slices.Equal(needs, want) {
		t.Errorf("%q", needs)
	}
}

// A lab file is read together with the configurations beside it.
func TestFRRFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lab.yaml": "name: x\nnodes:\n  r: {count: 2, kind: frr, startup-config: \"r${INDEX}.conf\"}\n",
		"r1.conf":  "router ospf\n", "r2.conf": "router bgp 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	top, err := ParseFile(filepath.Join(dir, "lab.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r1, r2 := namesOf(top.Node("r1")), namesOf(top.Node("r2")); r1 != "zebra staticd ospfd" || r2 != "zebra staticd bgpd" {
		t.Errorf("%s, %s", r1, r2)
	}
	if err := os.Remove(filepath.Join(dir, "r2.conf")); err != nil {
		t.Fatal(err)
	}
	want := `lab.yaml:3:44: startup-config r2.conf: no such file or directory; a text of several lines is a configuration itself`
	if _, err := ParseFile(filepath.Join(dir, "lab.yaml"), nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// Each mistake about a node of kind frr is told with its place.
func TestFRRMistakes(t *testing.T) {
	const node = "name: x\nnodes:\n  a:\n    kind: frr\n    "
	for text, want := range map[string]string{
		"name: x\nnodes: {a: {startup-config: x}}":                                             `2:29: startup-config is for nodes that run a router's daemons; "a" is of kind host; write kind: frr or bird`,
		"name: x\nnodes: {a: {kind: router, extras: {}}}":                                      `2:35: extras is for nodes that run a router's daemons; "a" is of kind router; write kind: frr or bird`,
		"name: x\nnodes: {a: {kind: ffr}}":                                                     `2:19: unknown kind "ffr"; did you mean "frr"?`,
		node + "user: nobody":                                                                  `5:11: kind frr has to start its daemons as root, and the node's user is nobody; write user: root for this node or its kind`,
		"name: x\ndefaults: {user: 65534:0}\nnodes: {a: {kind: frr}}":                          `2:18: kind frr has to start its daemons as root, and the node's user is 65534:0`,
		node + "startup-config: ''":                                                            `5:21: a startup-config is empty`,
		node + "startup-config: x${Y}":                                                         `5:21: unknown variable ${Y}`,
		node + "startup-config: /dev/zero":                                                     `5:21: startup-config /dev/zero: it is not a regular file`,
		node + "startup-config: /":                                                             `5:21: startup-config /: it is not a regular file`,
		node + "extras: {bird: {}}":                                                            `5:14: unknown key "bird"; the keys of extras are frr`,
		node + "extras: {frr: {daemon: []}}":                                                   `5:20: unknown key "daemon"; did you mean "daemons"?`,
		node + "extras: {frr: {daemons: bgpd}}":                                                `5:29: daemons is a list; write [bgpd]`,
		node + "extras: {frr: {daemons: [osfpd]}}":                                             `5:30: "osfpd" is no daemon of FRR; did you mean "ospfd"?`,
		node + "extras: {frr: {daemons: ['']}}":                                                `5:30: "" is no daemon of FRR; write names such as bgpd, ospfd, ospf6d, ripd`,
		node + "extras: {frr: {daemons: ['bgpd \"']}}":                                         `5:30: daemon "bgpd \"": column 6: a " that opens here is never closed`,
		node + "extras: {frr: {daemons: [../bgpd]}}":                                           `5:30: "../bgpd" is no daemon of FRR`,
		node + "processes: {zebra: {cmd: x}}":                                                  `4:11: kind frr has a process "zebra", and so has the node; give it another name`,
		node + "startup-config: \"a\\nb\"\n    binds: [\"x:/etc/frr/frr.conf\"]":               `6:13: /etc/frr/frr.conf is what startup-config is for; leave one of them out`,
		node + "startup-config: \"a\\nb\"\n    files: {/etc/frr/startup-config: {content: x}}": `5:21: /etc/frr/startup-config is what startup-config is for; leave one of them out`,
		"name: x\nnodes: {a: {kind: bird}}":                                                    `2:19: kind bird needs a configuration; write startup-config: with its path or text`,
		"name: x\nnodes: {a: {kind: bird, startup-config: \"a\\nb\", extras: {frr: {}}}}":      `2:63: frr is for nodes of kind frr; "a" is of kind bird`,
	} {
		_, err := Parse("f", []byte(text+"\n"), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "f:"+want) {
			t.Errorf("%s\ngot  %v\nwant f:%s", text, err, want)
		}
	}
}

// examples/grid.sh writes a lab in which inner routers have four neighbours.
func TestGridExample(t *testing.T) {
	out, err := exec.Command("sh", "../examples/grid.sh", "3").Output()
	if err != nil {
		t.Fatal(err)
	}
	top := mustParse(t, string(out))
	if len(top.Nodes) != 9 || len(top.Links) != 12 || len(top.Interfaces(4)) != 4 || namesOf(&top.Nodes[8]) != "zebra staticd ospfd" {
		t.Errorf("%d nodes, %d links, %q, %s", len(top.Nodes), len(top.Links), top.Interfaces(4), namesOf(&top.Nodes[8]))
	}
}

// What a node of kind bird is made of. A configuration may come from elsewhere.
func TestBIRDNode(t *testing.T) {
	top := mustParse(t, `name: x
nodes:
  a: {kind: bird, startup-config: "log stderr all;\nprotocol device { }\n"}
  b: {kind: bird, binds: ["b.conf:/etc/bird/bird.conf"], cmd: sleep 9}
  c: {kind: bird, binds: ["c:/etc/bird"], startup-config: "a\nb"}
`)
	for name, want := range map[string]string{"a": "bird", "b": "bird cmd", "c": "bird"} {
		n := top.Node(name)
		if got := namesOf(n); got != want || !n.Kind.Forwards() || !n.Processes[0].OfKind || !n.Processes[0].Healthcheck.IsSet() {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if needs := n.Needs(); len(needs) != 2 || needs[0].Program != "bird" || needs[0].Package != "bird2" || needs[1].Program != "birdc" {
			t.Errorf("%s: %+v", name, needs)
		}
		if files, tmpfs := map[string]int{"a": 1, "b": 0, "c": 1}[name], map[string]int{"a": 2, "b": 2, "c": 1}[name]; len(n.Files) != files || len(n.Tmpfs) != tmpfs {
			t.Errorf("%s: %v, %v", name, n.Files, n.Tmpfs)
		}
	}
}
