package builders

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/nslab/nslab/bench/topo"
)

//go:embed pyroute2.py
var pyroute2Script []byte

//go:embed mininet.py
var mininetScript []byte

// python finds an interpreter with a module, and the module's version.
func python(ctx context.Context, module, version string) (path, have string, err error) {
	err = fmt.Errorf("no python3")
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		path, lookErr := exec.LookPath(name)
		if lookErr != nil {
			continue
		}
		if have, err = output(ctx, path, "-c", version); err == nil {
			return path, have, nil
		}
	}
	return "", "", fmt.Errorf("python module %s: %w", module, err)
}

// A plan is a lab in JSON, for the scripts.
type plan struct {
	IPv6  bool       `json:"ipv6"`
	One   bool       `json:"one"` // queue each way
	Nodes []planNode `json:"nodes"`
	Links [][2]pEnd  `json:"links"`
}

type planNode struct {
	Name   string `json:"name"`
	Router bool   `json:"router"`
	Bridge string `json:"bridge"` // its MAC address
}

type pEnd struct {
	Node  int    `json:"node"`
	Iface string `json:"iface"`
	MAC   string `json:"mac"`
	Addr  string `json:"addr"`
	Bits  int    `json:"bits"`
}

func writePlan(dir string, t *topo.Topo) (string, error) {
	p := plan{IPv6: t.IPv6, One: t.Queues == 0}
	for i := range t.Nodes {
		n := planNode{Name: t.Namespace(i), Router: t.Nodes[i].Role == topo.Router}
		if t.Nodes[i].Role == topo.Hub {
			n.Bridge = t.MAC(i, topo.Bridge).String()
		}
		p.Nodes = append(p.Nodes, n)
	}
	for i := range t.Links {
		var l [2]pEnd
		for e := range l {
			end := &t.Links[i][e]
			l[e] = pEnd{Node: end.Node, Iface: end.Iface, MAC: end.MAC.String()}
			if end.Addr.IsValid() {
				l[e].Addr, l[e].Bits = end.Addr.Addr().String(), end.Addr.Bits()
			}
		}
		p.Links = append(p.Links, l)
	}
	data, err := json.Marshal(&p)
	if err != nil {
		return "", err
	}
	return write(dir, "plan.json", data)
}

func pyroute2(ctx context.Context, _ Tools) (Builder, error) {
	b := Builder{Name: "pyroute2"}
	path, version, err := python(ctx, "pyroute2",
		"import importlib.metadata as m, pyroute2; print(m.version('pyroute2'))")
	if err != nil {
		return b, err
	}
	b.Version = version
	command := func(verb string) func(string, *topo.Topo) ([]string, error) {
		return func(dir string, t *topo.Topo) ([]string, error) {
			file, err := write(dir, "with_pyroute2.py", pyroute2Script)
			if err != nil {
				return nil, err
			}
			lab, err := writePlan(dir, t)
			return []string{path, file, verb, lab}, err
		}
	}
	b.Up, b.Down = command("up"), command("down")
	return b, nil
}

// mininet builds a star in its own way: hosts are shells in namespaces without
// names, and the bridge is in mininet's own namespace.
func mininet(ctx context.Context, _ Tools) (Builder, error) {
	b := Builder{Name: "mininet", Only: "star", Foreign: true}
	path, version, err := python(ctx, "mininet", "import mininet.net as n; print(n.VERSION)")
	if err != nil {
		return b, err
	}
	b.Version = version
	b.Up = func(dir string, t *topo.Topo) ([]string, error) {
		file, err := write(dir, "with_mininet.py", mininetScript)
		return []string{path, file, fmt.Sprint(t.N)}, err
	}
	return b, nil
}
