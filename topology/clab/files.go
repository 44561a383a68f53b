package clab

import (
	"path"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/topology"
)

// files reads what a node sees of the machine's files.
func (r *reader) files(n *node) {
	of := make(map[string]*topology.Value) // by target: the last one counts
	var targets []string
	for _, v := range n.items("binds") {
		parts := strings.Split(r.magic(v.Text), ":")
		if len(parts) < 2 {
			r.Add(v.At, "write SOURCE:TARGET", "bind %q is not a source and a target", plain.Clip(v.Text))
			continue
		}
		target := path.Clean(parts[1])
		if of[target] == nil {
			targets = append(targets, target)
		}
		of[target] = v
	}
	binds := &topology.Value{Kind: topology.List, At: n.key.At}
	for _, target := range targets {
		v := of[target]
		parts := strings.Split(r.magic(v.Text), ":")
		if r.daemonBind(n, of, parts[0], target) {
			continue
		}
		n.targets[target] = true
		binds.Items = append(binds.Items, text(v.At, strings.Join(append(parts[:2:2], r.bindOptions(v, parts[2:])...), ":")))
	}
	if len(binds.Items) > 0 {
		n.out.Set("binds", binds)
	}
	tmpfs := n.settings("tmpfs")
	for i, v := range tmpfs.Items {
		tmpfs.Items[i] = text(v.At, r.magic(v.Text))
		n.targets[path.Clean(tmpfs.Keys[i].Text)] = true
	}
	for _, v := range n.items("volumes") {
		parts := strings.Split(r.magic(v.Text), ":")
		target := parts[0]
		if len(parts) > 1 {
			target = parts[1]
			r.warn(v.At, "bind a directory to share it", "volume %q is a directory of the node's own, empty at first", plain.Clip(v.Text))
		}
		if tmpfs.Get(target) == nil {
			tmpfs.Set(target, text(v.At, ""))
			n.targets[path.Clean(target)] = true
		}
	}
	if len(tmpfs.Keys) > 0 {
		n.out.Set("tmpfs", tmpfs)
	}
}

// bindOptions returns the options of a bind that have a meaning here.
func (r *reader) bindOptions(v *topology.Value, options []string) []string {
	for _, o := range strings.Split(strings.Join(options, ","), ",") {
		switch o {
		case "ro":
			return []string{"ro"}
		case "", "rw", "z", "Z", "cached", "delegated", "consistent":
		default:
			r.warn(v.At, "", "bind %q: its option %q has no meaning here", plain.Clip(v.Text), plain.Clip(o))
		}
	}
	return nil
}

// daemonBind reads a bind of one of the own files of FRR or BIRD in a node that
// runs them, which has these otherwise: it reports whether it did. of are the
// node's binds.
func (r *reader) daemonBind(n *node, of map[string]*topology.Value, source, target string) bool {
	v := of[target]
	config := func(from string) {
		if n.out.Get("startup-config") == nil {
			n.out.Set("startup-config", text(v.At, from))
		}
	}
	if n.kind == "bird" {
		is := path.Base(target) == "bird.conf" && strings.Contains(target, "/etc/")
		if is {
			config(source)
		}
		return is
	}
	if n.kind != "frr" {
		return false
	}
	switch target {
	case "/etc/frr/frr.conf":
		config(source)
	case "/etc/frr/daemons":
		r.note("%s is not read: zebra, staticd and the daemons that frr.conf uses run", plain.Clip(source))
	case "/etc/frr/vtysh.conf":
		r.note("%s is not read: vtysh has one configuration for all daemons", plain.Clip(source))
	case "/etc/frr":
		if of["/etc/frr/frr.conf"] != nil {
			r.warn(v.At, "", "%s is not read", plain.Clip(source))
			break
		}
		config(source + "/frr.conf")
		r.warn(v.At, "", "of %s, frr.conf alone is read", plain.Clip(source))
	default:
		return false
	}
	return true
}
