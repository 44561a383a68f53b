package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// examine makes all checks. Those that explain others come first.
func examine() []finding {
	all := []finding{checkKernel(), checkPrivileges()}
	all = append(all, checkUserNamespaces())
	all = append(all, tryKernel()...)
	all = append(all, checkDirectory("namespace names", nsfs.DefaultPath), checkDirectory("lab state", lab.DefaultRoot))
	return append(all, checkLimits()...)
}

// oldestKernel is the oldest kernel that nslab is tested on.
var oldestKernel = [2]int{5, 10}

func checkKernel() finding {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return fail("kernel", "", "uname: %v", err)
	}
	release := unix.ByteSliceToString(u.Release[:])
	major, minor, found := parseRelease(release)
	switch {
	case !found:
		return warn("kernel", "", "version %q cannot be read; %d.%d or later is needed", release, oldestKernel[0], oldestKernel[1])
	case major < oldestKernel[0] || major == oldestKernel[0] && minor < oldestKernel[1]:
		return fail("kernel", fmt.Sprintf("boot %d.%d or later", oldestKernel[0], oldestKernel[1]), "%s is too old", release)
	}
	return ok("kernel", "%s", release)
}

// parseRelease reads the numbers of "6.1.0-13-amd64".
func parseRelease(s string) (major, minor int, found bool) {
	a, rest, dot := strings.Cut(s, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	major, err1 := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(rest[:end])
	return major, minor, dot && err1 == nil && err2 == nil
}

func checkPrivileges() finding {
	const name = "privileges"
	caps, err := effectiveCaps()
	if err != nil {
		return fail(name, "mount /proc", "cannot be read: %v", err)
	}
	if missing := missingCaps(caps); len(missing) > 0 {
		return fail(name, "run as root, or in the shell that this starts: "+rootlessShell, "labs need %s", strings.Join(missing, " and "))
	}
	return ok(name, "CAP_NET_ADMIN and CAP_SYS_ADMIN")
}

func effectiveCaps() (uint64, error) {
	b, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, found := strings.CutPrefix(line, "CapEff:"); found {
			return strconv.ParseUint(strings.TrimSpace(v), 16, 64)
		}
	}
	return 0, errors.New("no CapEff in /proc/thread-self/status")
}

// checkUserNamespaces tries what the demo and unprivileged use need.
func checkUserNamespaces() finding {
	const name = "user namespaces"
	status, _, err := runInside(sandbox.Config{Args: []string{doctorInsideVerb, "nothing"}, UserNamespace: sandbox.UserNamespaceAlways})
	var denied *sandbox.DeniedError
	switch {
	case errors.As(err, &denied):
		return warn(name, denied.Fix, "denied by %s; without root, neither the demo nor labs work", denied.Setting)
	case err != nil:
		return warn(name, "", "%v", err)
	case status != 0:
		return warn(name, "", "can be created, but the program inside ended with status %d", status)
	}
	return ok(name, "allowed: the demo needs no root")
}

// tryKernel tries interfaces in a new namespace.
func tryKernel() []finding {
	const name = "namespaces"
	status, out, err := runInside(sandbox.Config{Args: []string{doctorInsideVerb, "links"}})
	var denied *sandbox.DeniedError
	if errors.As(err, &denied) {
		return []finding{fail(name, denied.Fix, "denied by %s", denied.Setting)}
	}
	if err == nil && status != 0 {
		err = fmt.Errorf("the check ended with status %d", status)
	}
	var found []finding
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil {
		return []finding{fail(name, "", "could not be tested: %v", err)}
	}
	return found
}

// runInside runs this program in new namespaces and returns its output, which
// must fit into a pipe.
func runInside(cfg sandbox.Config) (status int, out []byte, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	defer r.Close()
	cfg.Stdout = w
	status, err = sandbox.Run(cfg)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return status, nil, err
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, r)
	return status, b.Bytes(), err
}

// nearest returns the deepest existing directory of a path.
func nearest(path string) (string, error) {
	for at := path; ; at = at[:max(1, strings.LastIndexByte(at, '/'))] {
		_, err := os.Stat(at)
		if err == nil || at == "/" {
			return at, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return at, err
		}
		if err := labdir.LeadsNowhere(at); err != nil {
			return at, err
		}
	}
}

// checkDirectory checks where labs keep names or state. It creates nothing, and
// checks the deepest directory that exists.
func checkDirectory(name, path string) finding {
	at, err := nearest(path)
	if err != nil {
		return fail(name, "", "%v", err)
	}
	if err := unix.Access(at, unix.W_OK|unix.X_OK); err != nil {
		fix := ""
		if errors.Is(err, fs.ErrPermission) {
			fix = strings.Join(strings.Fields(privileges().hint()), " ")
		}
		return fail(name, fix, "%s cannot be written: %v", at, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil {
		return fail(name, "", "%s: %v", at, err)
	}
	text := path
	if at != path {
		text += " will be created"
	}
	if int64(st.Type) != unix.TMPFS_MAGIC {
		return warn(name, "mount a tmpfs on /run", "%s: not on a tmpfs, so labs are built more slowly and their files survive a reboot", text)
	}
	return ok(name, "%s", text)
}

// checkLimits checks the limits that large labs reach.
func checkLimits() []finding {
	var all []finding
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		all = append(all, fail("open files", "", "%v", err))
	} else if files.Max < 4096 {
		all = append(all, warn("open files", "ulimit -Hn 1048576", "at most %d; inspecting a lab takes two per node", files.Max))
	} else {
		all = append(all, ok("open files", "at most %d", files.Max))
	}
	for _, l := range []struct {
		name, sysctl string
		least        uint64
		each         string
	}{
		{"mounts", "fs.mount-max", 10_000, "one per node"},
		{"network namespaces", "user.max_net_namespaces", 1_000, "one per node"},
		{"neighbours", "net.ipv4.neigh.default.gc_thresh3", 1_024, "shared by all namespaces; a full table drops packets"},
		{"packet backlog", "net.core.netdev_max_backlog", 1_000, "packets of longer bursts are dropped"},
	} {
		b, err := os.ReadFile("/proc/" + sysctl.File(l.sysctl))
		if errors.Is(err, fs.ErrNotExist) {
			continue // only visible in the machine's own namespace
		}
		n, perr := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 64)
		if err = errors.Join(err, perr); err != nil {
			all = append(all, warn(l.name, "", "%s: %v", l.sysctl, err))
			continue
		}
		switch {
		case n == 0 && l.sysctl == "user.max_net_namespaces":
			all = append(all, fail(l.name, "sysctl -w "+l.sysctl+"=10000", "none are allowed"))
		case n < l.least:
			all = append(all, warn(l.name, fmt.Sprintf("sysctl -w %s=%d", l.sysctl, 10*l.least), "%s = %d: %s", l.sysctl, n, l.each))
		default:
			all = append(all, ok(l.name, "%s = %d: %s", l.sysctl, n, l.each))
		}
	}
	return all
}
