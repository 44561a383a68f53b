package view

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A node with an overlay of /etc keeps its /etc/hosts and /etc/resolv.conf
// there, so that what programs write to them is kept like all else that they
// write there. The files are written when the overlay is new, and when the lab
// says something else.

// hasEtc reports whether a node has an overlay of /etc.
func hasEtc(n *topology.Node) bool { return slices.Contains(n.Overlays, "/etc") }

// etcFiles are the files in /etc that the lab has for a node.
func (v *View) etcFiles(node int) (files []nsfs.File) {
	if b := v.HostsOf(node); b != nil {
		files = append(files, nsfs.File{Target: "/etc/hosts", Content: b})
	}
	if b := resolvConf(&v.t.Nodes[node]); b != nil {
		files = append(files, nsfs.File{Target: "/etc/resolv.conf", Content: b})
	}
	return files
}

// layerFiles writes files into the node's overlay of /etc, unless the lab file
// has others in their place.
func (m *mounter) layerFiles(n *topology.Node, files []nsfs.File) error {
	for _, f := range files {
		if slices.ContainsFunc(n.Binds, func(b topology.Bind) bool { return b.Target == f.Target }) ||
			slices.ContainsFunc(n.Files, func(o topology.File) bool { return o.Target == f.Target }) {
			continue
		}
		if err := m.layerFile(f); err != nil {
			return fmt.Errorf("node %q: write %s: %w", n.Name, f.Target, err)
		}
	}
	return nil
}

// layerFile writes a file into the node's overlay of /etc. Beside the overlay is
// what was written last. If that is the file's beginning, what programs have
// added after it stays; a file that they have written anew stays as it is.
func (m *mounter) layerFile(f nsfs.File) error {
	dir, err := openPath(m.dir, overlays+"/"+nameFor("/etc"))
	if err != nil {
		return called("open", "/etc", err)
	}
	defer unix.Close(dir)
	merged, err := openPath(dir, overlayMerged)
	if err != nil {
		return called("open", "/etc", err)
	}
	defer unix.Close(merged)
	name := f.Target[len("/etc/"):]
	last, err := readAt(dir, name)
	isNew := errors.Is(err, unix.ENOENT)
	switch {
	case isNew:
	case err != nil:
		return err
	case bytes.Equal(last, f.Content):
		return nil
	}
	content := f.Content
	if !isNew {
		now, err := readAt(merged, name)
		added, same := bytes.CutPrefix(now, last)
		switch {
		case err == nil && !same && bytes.HasPrefix(now, content):
			// A run was killed before it could note what it had written.
			return replaceAt(dir, name, content)
		case errors.Is(err, unix.ENOENT), errors.Is(err, errNotOurs), err == nil && !same:
			return nil // programs have removed or replaced it
		case err != nil:
			return err
		}
		content = slices.Concat(content, added)
	}
	if err := replaceAt(merged, name, content); err != nil {
		return err
	}
	return replaceAt(dir, name, f.Content)
}

// errNotOurs says that a file is not one that nslab has written.
var errNotOurs = errors.New("it is not a regular file, or too large")

// maxLayerFile is the size up to which a file that programs may have changed is
// read. The hosts file of the largest lab is smaller.
const maxLayerFile = 64 << 20

// readAt reads a regular file of a directory.
func readAt(dir int, name string) ([]byte, error) {
	fd, err := retryFD(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err == unix.ELOOP || err == unix.ENXIO || err == unix.EACCES { // a link, a socket, a device
		return nil, errNotOurs
	}
	if err != nil {
		return nil, called("open", name, err)
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() || fi.Size() > maxLayerFile {
		return nil, errors.Join(errNotOurs, err)
	}
	return io.ReadAll(io.LimitReader(f, maxLayerFile))
}

// replaceAt writes a file of a directory, which others see whole or not at all.
// What has the name before goes, and no link is followed.
func replaceAt(dir int, name string, content []byte) error {
	draft := fmt.Sprintf(".%s.%016x", name, rand.Uint64())
	fd, err := retryFD(func() (int, error) {
		return unix.Openat(dir, draft, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return called("create", name, err)
	}
	f := os.NewFile(uintptr(fd), name)
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close()) // whatever the umask is
	if err == nil {
		err = called("rename", name, unix.Renameat(dir, draft, dir, name))
	}
	if err != nil {
		return errors.Join(err, called("remove", plain.Name(draft), unix.Unlinkat(dir, draft, 0)))
	}
	return nil
}
