package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// netnsEtc is where "hosts: etc" makes names (ip-netns(8)), and machineEtc is
// where the machine's own then are.
const (
	netnsEtc   = "/etc/netns"
	machineEtc = "/run/nslab-run/etc-netns"
)

// privateEtc gives a lab with "hosts: etc" an /etc/netns of its own, in which
// the machine's names lead to what they led to. Names in the machine's would
// stay if nslab were killed.
func privateEtc(t *topology.Topology) error {
	if t.Hosts != topology.HostsEtc {
		return nil
	}
	entries, err := os.ReadDir(netnsEtc)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the file says \"hosts: etc\", but there is no %s, and run makes nothing on the machine: make that directory", netnsEtc)
	}
	if err == nil {
		err = os.MkdirAll(machineEtc, 0o755)
	}
	if err == nil {
		err = mountOn(netnsEtc, machineEtc, "", unix.MS_BIND|unix.MS_REC)
	}
	if err == nil {
		err = mountOn("nslab", netnsEtc, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV)
	}
	for _, e := range entries {
		if err == nil {
			err = os.Symlink(filepath.Join(machineEtc, e.Name()), filepath.Join(netnsEtc, e.Name()))
		}
	}
	return err
}

func mountOn(source, target, fstype string, flags uintptr) error {
	if err := unix.Mount(source, target, fstype, flags, ""); err != nil {
		return &os.PathError{Op: "mount", Path: target, Err: err}
	}
	return nil
}
