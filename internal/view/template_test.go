package view

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/nslab/nslab/topology"
)

const templateLab = `name: t
nodes:
  r:
    count: 2
    kind: router
    group: core
    env: {AS: "6500${INDEX}"}
    addresses: ["192.0.2.${INDEX}/32", "2001:db8::${INDEX}/128"]
    interfaces: {svc: {kind: dummy, addresses: [198.51.100.1/32]}}
  h: {hostname: host.example}
  sw: {kind: bridge, bridge: {addresses: [10.1.0.254/24]}}
  sw2: {kind: bridge}
groups: {core: {}}
links:
  - {endpoints: ["r1:eth0", "r2:eth0"], ipv4: [10.0.0.1/30, 10.0.0.2/30], ipv6: ["fd00::1/64", "fd00::2/64"], mtu: 9000, mac: ["02:00:00:00:00:01", ""]}
  - {endpoints: ["r*:lan", "sw"], subnet: 10.1.0.0/24}
  - {endpoints: ["sw:up", "sw2:down"]}
  - {endpoints: ["h:eth0", "sw2"], ipv4: [10.1.0.9/24, ""]}
`

// Templates see the lab: each node's values, the other ends of links, and who
// else is on a network, across bridges.
func TestTemplates(t *testing.T) {
	top, err := topology.Parse("lab.yaml", []byte(templateLab), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := labOf(top)
	for _, tt := range []struct{ node, text, want string }{
		{"r2", `{{.Lab.Name}} {{.Name}} {{.Kind}} {{.Group}} {{.Index}} {{.Hostname}} {{.Env.AS}}`, "t r2 router core 2 r2.t 65002"},
		{"h", `{{.Hostname}} {{len .Env}} {{.Kind}} {{.Group}}`, "host.example 0 host "},
		{"r1", `{{.Loopbacks}} {{range .Interfaces}}{{.Name}}:{{.Kind}} {{end}}`, "[192.0.2.1/32 2001:db8::1/128] svc:dummy eth0:veth lan:veth "},
		{"r1", `{{with .Interface "eth0"}}{{.MAC}} {{.MTU}} {{.Addresses}} {{.IPv4}} {{.IPv6}} {{.Peer.Node.Name}}:{{.Peer.Name}} {{.Node.Name}}{{end}}`,
			"02:00:00:00:00:01 9000 [10.0.0.1/30 fd00::1/64] [10.0.0.1/30] [fd00::1/64] r2:eth0 r1"},
		{"r1", `{{range .Neighbours}}{{.Interface.Name}}>{{.Node.Name}}:{{.Peer.Name}} {{end}}`, "eth0>r2:eth0 lan>r2:lan lan>h:eth0 lan>sw:br0 "},
		{"h", `{{range .Neighbours}}{{.Node.Name}} {{range .Peer.IPv4}}{{host .}} {{network .}} {{end}}{{end}}`,
			"r1 10.1.0.1 10.1.0.0/24 r2 10.1.0.2 10.1.0.0/24 sw 10.1.0.254 10.1.0.0/24 "},
		{"sw", `{{range .Interfaces}}{{.Name}} {{.Bridge}} {{len .Neighbours}} {{end}}`, "br0  3 r1-lan br0 0 r2-lan br0 0 up br0 0 "},
		{"r1", `{{with .Lab.Node "h"}}{{.Name}}{{end}} {{range .Lab.Nodes}}{{.Name}} {{end}}`, "h r1 r2 h sw sw2 "},
		{"r1", `{{add 2 3}} {{sub 2 3}} {{mul .Index 64}} {{join (split "a-b" "-") "+"}} {{with .Interface "svc"}}{{.Peer}}{{end}}`, "5 -1 64 a+b <nil>"},
	} {
		tmpl, err := parseTemplate("x", tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got, err := render(tmpl, l.Nodes[top.NodeIndex(tt.node)]); err != nil || got != tt.want {
			t.Errorf("%s: %s: got %q, %v, want %q", tt.node, tt.text, got, err, tt.want)
		}
	}
	for text, want := range map[string]string{
		`{{.Env.NONE}}`:             `map has no entry for key "NONE"`,
		`{{.Interface "x"}}`:        `node "r1" has no interface "x"`,
		`{{.Lab.Node "x"}}`:         `the lab has no node "x"`,
		`{{range 1100000}}x{{end}}`: errTooLong.Error(),
		`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`: "exceeded maximum template depth",
	} {
		tmpl, err := parseTemplate("x", text)
		if err == nil {
			_, err = render(tmpl, l.Nodes[0])
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	tmpl, err := parseTemplate("x", `{{range 1100000}}x{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := render(tmpl, l.Nodes[0]); !errors.Is(err, errTooLong) {
		t.Errorf("%v", err)
	}
}

// The page for lab files describes each field, method and function that
// templates have.
func TestTemplatesDescribed(t *testing.T) {
	b, err := os.ReadFile("../../docs/lab-file.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, ok := strings.Cut(string(b), "\n#### Templates\n")
	if !ok {
		t.Fatal("the page has no section on templates")
	}
	page, _, _ = strings.Cut(page, "\n### ")
	for _, of := range []any{Lab{}, Node{}, Interface{}, Neighbour{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() && !strings.Contains(page, "`"+f.Name+"`") {
				t.Errorf("%s.%s is not described", typ.Name(), f.Name)
			}
		}
		for i := range reflect.PointerTo(typ).NumMethod() {
			if m := reflect.PointerTo(typ).Method(i); !strings.Contains(page, fmt.Sprintf("`%s", m.Name)) {
				t.Errorf("%s.%s is not described", typ.Name(), m.Name)
			}
		}
	}
	for name := range templateFuncs {
		if !strings.Contains(page, "`"+name) {
			t.Errorf("function %s is not described", name)
		}
	}
}
