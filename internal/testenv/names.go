package testenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// nameFiles are iproute2's files of names that tests see: as they are
// installed, without other packages' files.
var nameFiles = map[string]string{
	"group":      "0 default\n",
	"rt_dsfield": "0x0 default\n0x20 CS1\n0x28 AF11\n0xB8 EF\n",
	"rt_protos": "0 unspec\n1 redirect\n2 kernel\n3 boot\n4 static\n8 gated\n9 ra\n10 mrt\n11 zebra\n12 bird\n16 dhcp\n" +
		"18 keepalived\n42 babel\n186 bgp\n187 isis\n188 ospf\n189 rip\n192 eigrp\n",
	"rt_realms": "0 cosmos\n",
	"rt_scopes": "0 global\n255 nowhere\n254 host\n253 link\n200 site\n",
	"rt_tables": "255 local\n254 main\n253 default\n0 unspec\n",
}

// protocols are the names of IP protocols, in the format of protocols(5).
const protocols = "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\nsctp 132 SCTP\n"

// ownNames mounts these files over the machine's, to which other packages and
// the administrator may have added names. It is called in the tests' own mount
// namespace.
func ownNames() error {
	// iproute2 reads files from the first of these and, from 6.5 on, files
	// missing there from one of the others.
	for i, dir := range []string{"/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"} {
		if err := unix.Mount("names", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return &os.PathError{Op: "mount (tmpfs)", Path: dir, Err: err}
		}
		if i > 0 {
			continue
		}
		for name, text := range nameFiles {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	const file, over = "/run/protocols", "/etc/protocols"
	if err := os.WriteFile(file, []byte(protocols), 0o644); err != nil {
		return err
	}
	if err := unix.Mount(file, over, "", unix.MS_BIND, ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &os.PathError{Op: "mount (bind)", Path: over, Err: err}
	}
	return os.Remove(file) // the mount stays
}
