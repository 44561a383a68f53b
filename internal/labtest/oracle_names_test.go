package labtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// names compares the names in /run/netns, and those in /etc/netns if the file
// asks for them.
func (r *report) names() error {
	r.n = &xNode{name: ""}
	entries, err := os.ReadDir(namesDir)
	if err != nil {
		return err
	}
	want := make(map[string]bool)
	for _, n := range r.t.x.nodes {
		want[r.t.x.prefix+n.name] = true
	}
	for _, e := range entries {
		if !want[e.Name()] {
			r.addf("%s/%s should not be there", namesDir, e.Name())
		}
	}
	entries, err = os.ReadDir(r.t.etc)
	if err != nil {
		return err
	}
	if r.t.x.model.hosts != "etc" {
		want = nil
	}
	for _, e := range entries {
		if !want[e.Name()] {
			r.addf("%s/%s should not be there", r.t.etc, e.Name())
		}
	}
	if len(entries) < len(want) {
		r.addf("%d names in %s, want %d", len(entries), r.t.etc, len(want))
	}
	return r.hosts()
}

// hosts compares the lab's hosts file for `ip netns exec`: it must contain each
// node's addresses and no others except the loopback addresses.
func (r *report) hosts() error {
	b, err := os.ReadFile(filepath.Join(labsDir, r.t.x.model.name, "etc", "hosts"))
	if r.t.x.model.hosts != "etc" {
		if !errors.Is(err, fs.ErrNotExist) {
			r.addf("a hosts file, which the file does not want: %v", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	want := map[string]bool{"127.0.0.1 localhost": true}
	for _, n := range r.t.x.nodes {
		all := n.addrs
		for _, br := range n.bridges {
			all = append(all[:len(all):len(all)], br.addrs...)
		}
		for _, i := range n.ifaces {
			all = append(all[:len(all):len(all)], i.addrs...)
		}
		for _, e := range n.ends {
			all = append(all[:len(all):len(all)], e.addrs...)
		}
		for _, a := range all {
			want[a.Addr().String()+" "+n.name] = true
		}
	}
	for line := range strings.Lines(string(b)) {
		words := strings.Join(strings.Fields(line), " ")
		if !want[words] && !strings.HasPrefix(words, "::1 ") {
			r.addf("the hosts file has %q", words)
		}
		delete(want, words)
	}
	for _, words := range sortedKeys(want) {
		r.addf("the hosts file lacks %q", words)
	}
	return nil
}
