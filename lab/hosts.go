package lab

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

func closeFD(fd int) { unix.Close(fd) }

// hosts returns the lab's hosts file: each node by its addresses, in the file's
// order, those of interfaces before those of the loopback.
func hosts(t *Topology) []byte {
	addrs := make([][]netip.Prefix, len(t.Nodes))
	for i := range t.Links {
		for e := range t.Links[i].Ends {
			end := &t.Links[i].Ends[e]
			addrs[end.Node] = append(addrs[end.Node], end.Addresses...)
		}
	}
	var b bytes.Buffer
	b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	for i := range t.Nodes {
		n := &t.Nodes[i]
		for _, br := range n.Bridges {
			addrs[i] = append(addrs[i], br.Addresses...)
		}
		for _, a := range append(addrs[i], n.Addresses...) {
			fmt.Fprintf(&b, "%s\t%s\n", a.Addr(), n.Name)
		}
	}
	return b.Bytes()
}

// Files in etcDir.
const hostsFile = etcDir + "/hosts"

// resolvFile is the resolv.conf of a node that has servers of its own.
func resolvFile(node string) string { return "resolv-" + node + ".conf" }

// writeEtc writes the files that Exec binds over those in /etc, and removes
// those of nodes that have none any more.
func (s *session) writeEtc(t *Topology) error {
	if err := unix.Mkdirat(int(s.dir.Fd()), etcDir, 0o755); err != nil && err != unix.EEXIST {
		return &fs.PathError{Op: "mkdir", Path: s.path(etcDir), Err: err}
	}
	var err error
	if t.Hosts == HostsOff {
		err = s.remove(hostsFile)
	} else {
		err = s.write(hostsFile, hosts(t), 0o644)
	}
	if err != nil {
		return err
	}
	for _, old := range append(slices.Clone(s.old), s.target) {
		for i := range old.Nodes {
			if n := t.Node(old.Nodes[i].Name); len(old.Nodes[i].DNS) > 0 && (n == nil || len(n.DNS) == 0) {
				if err := s.remove(resolvFile(old.Nodes[i].Name)); err != nil {
					return err
				}
			}
		}
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if len(n.DNS) == 0 {
			continue
		}
		var b bytes.Buffer
		for _, a := range n.DNS {
			fmt.Fprintf(&b, "nameserver %s\n", a)
		}
		if err := s.write(resolvFile(n.Name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
