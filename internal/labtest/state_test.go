package labtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// The directories of labs and their names. The test has its own /run.
const (
	labsDir  = "/run/nslab"
	namesDir = "/run/netns"
)

// A snapshot is the state of the lab: its namespaces as iproute2 sees them, and
// its files.
type snapshot struct {
	peers peerstate.State
	// files maps the files in the lab's directory and in that of names, and the
	// settings of the namespaces, to their contents.
	files map[string]string
}

// settings are the sysctls that the files mention, and those that nslab writes
// for a time, of the bridge where there is one.
var settings = []string{
	"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/conf/all/rp_filter", "net/ipv4/icmp_ratelimit",
	"net/ipv6/conf/default/disable_ipv6", "net/ipv6/conf/default/addr_gen_mode", "net/ipv6/conf/br0/disable_ipv6",
}

// look takes a snapshot. It leaves out nodes without a namespace.
func look(nodes []string) (s *snapshot, err error) {
	s = &snapshot{peers: make(peerstate.State), files: make(map[string]string)}
	for _, node := range nodes {
		name := labName + "-" + node
		h, err := nsfs.Dir{}.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			s.files["namespace "+name] = "missing"
			continue
		}
		if err != nil {
			return nil, err
		}
		err = h.Do(func() error {
			for _, key := range settings {
				b, err := os.ReadFile("/proc/sys/" + key)
				if errors.Is(err, fs.ErrNotExist) && strings.Contains(key, "/br0/") {
					continue
				}
				if err != nil {
					return err
				}
				s.files[name+" "+key] = string(b)
			}
			s.peers[name], err = ask()
			return err
		})
		if err := errors.Join(err, h.Close()); err != nil {
			return nil, err
		}
	}
	names, err := os.ReadDir(namesDir)
	if err != nil {
		return nil, err
	}
	for _, e := range names {
		at := filepath.Join(namesDir, e.Name())
		target, err := os.Readlink(at)
		if err != nil {
			return nil, err
		}
		s.files[at] = target
	}
	err = filepath.WalkDir(filepath.Join(labsDir, labName), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "ns":
			entries, err := os.ReadDir(path)
			if err != nil {
				return err
			}
			s.files[path] = fmt.Sprint(entries)
			return fs.SkipDir
		case filepath.Dir(path) == filepath.Join(labsDir, labName) && strings.HasPrefix(d.Name(), "exec"):
			return nil // its order depends on the past; see ranAll
		case path == filepath.Join(labsDir, labName, "log"):
			return fs.SkipDir // it also tells about the past
		case path == filepath.Join(labsDir, labName, labdir.ViewDir):
			return fs.SkipDir // as do the views of programs that have run; see sees
		case path == filepath.Join(labsDir, labName, "programs"):
			return fs.SkipDir // and when programs were started, and as which processes; see runs
		case path == filepath.Join(labsDir, labName, "group"):
			return nil // it has a random name
		case d.IsDir(), d.Name() == "lock", d.Type() == fs.ModeSocket:
			return nil
		case strings.HasSuffix(path, ".tmp"):
			return nil // left by an interrupted write; the next one replaces it
		}
		b, err := os.ReadFile(path)
		s.files[path] = string(b)
		switch d.Name() {
		case "state.json":
			s.files[path] = lasting(string(b))
		case "group":
			// Its id is random, and where an error keeps cgroups from being made
			// it is a mark.
			s.files[path] = fmt.Sprint(len(b) > 0)
		}
		return err
	})
	return s, err
}

// ask asks iproute2 about the namespace of the calling thread, which its
// children share, because -n would cost a mount namespace for each. It uses as
// few processes as possible, and asks only what can have an answer there.
func ask() (map[string][]any, error) {
	answers, err := batch("ip", []string{"-j", "-d", "-batch", "-"}, "link show", "address show", "route show table all")
	if err != nil {
		return nil, err
	}
	all := fmt.Sprint(answers)
	if strings.Contains(all, "info_kind:bridge") {
		a, err := batch("bridge", []string{"-j", "-d", "-batch", "-"}, "link show", "fdb show")
		if err != nil {
			return nil, err
		}
		answers["port"], answers["fdb"] = a["link show"], a["fdb show"]
	}
	if strings.Contains(all, "scope:link") || strings.Contains(all, "scope:global") && strings.Contains(all, "family:inet6") {
		a, err := batch("ip", []string{"-6", "-j", "-d", "-batch", "-"}, "route show table all")
		if err != nil {
			return nil, err
		}
		answers["route6"] = a["route show table all"]
	}
	return answers, nil
}

// batch runs a program of iproute2 with several lines, each of which it answers
// with one JSON list.
func batch(program string, args []string, lines ...string) (map[string][]any, error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	answers := make(map[string][]any)
	d := json.NewDecoder(bytes.NewReader(out))
	for _, line := range lines {
		var v []any
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("%s: answer to %q: %w", cmd, line, err)
		}
		answers[line] = withoutHistory(v).([]any)
	}
	return answers, nil
}

// history are keys whose values depend on the past: the kernel numbers the
// ports of a bridge in the order in which they join.
var history = []string{"no", "id", "designated_port"}

// withoutHistory masks what depends on the lab's past.
func withoutHistory(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutHistory(v[i])
		}
	case map[string]any:
		for k := range v {
			if slices.Contains(history, k) {
				v[k] = "masked"
			} else {
				v[k] = withoutHistory(v[k])
			}
		}
	}
	return v
}

// lasting returns the part of a lab's state that is the same each time.
func lasting(state string) string {
	var kept []string
	for line := range strings.Lines(state) {
		if strings.Contains(line, `"phase"`) || strings.Contains(line, `"source`) || strings.Contains(line, `"nodes"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// differs describes how the lab differs from an earlier snapshot once the
// kernel has settled, or returns "".
func (s *snapshot) differs(nodes []string) (string, error) {
	if err := rest(slices.Collect(maps.Keys(s.peers))); err != nil {
		return "", err
	}
	now, err := look(nodes)
	if err != nil {
		return "", err
	}
	return peerstate.Diff(s.peers, now.peers) + cmp.Diff(s.files, now.files), nil
}

// rest waits until the kernel has settled in namespaces. It ignores missing
// ones, which the comparison will find.
func rest(names []string) error {
	for _, name := range names {
		err := settle.Names(context.Background(), name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, nsfs.ErrNotNamespace) {
			return err
		}
	}
	return nil
}

// left describes remains of labs where there should be none, or returns "".
// before are the earlier mounts. There are no processes once the tracer is
// done, and a namespace that no process and no mount keeps is gone.
func left(before []string) (string, error) {
	var b strings.Builder
	for _, dir := range []string{labsDir, namesDir} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if path != dir {
				fmt.Fprintf(&b, "%s is left\n", path)
			}
			if errors.Is(err, fs.ErrPermission) {
				return fs.SkipDir // a layer over the machine's /etc shows what is not for this user
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	now, err := mounts()
	if err != nil {
		return "", err
	}
	for _, m := range now {
		if !slices.Contains(before, m) {
			fmt.Fprintf(&b, "a mount is left: %s", m)
		}
	}
	groups, err := processes.GroupsOf(labName)
	if len(groups) > 0 {
		fmt.Fprintf(&b, "cgroups are left: %v", groups)
	}
	return b.String(), err
}

func mounts() ([]string, error) {
	b, err := os.ReadFile("/proc/self/mountinfo")
	return slices.Collect(strings.Lines(string(b))), err
}

// wipe removes all labs, in whatever state, without nslab.
func wipe(before []string) error {
	for range 100 {
		now, err := mounts()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(now, func(m string) bool { return !slices.Contains(before, m) })
		if i < 0 {
			break
		}
		if err := unix.Unmount(strings.Fields(now[i])[4], unix.MNT_DETACH); err != nil && err != unix.EINVAL {
			return err
		}
	}
	return errors.Join(os.RemoveAll(labsDir), os.RemoveAll(namesDir), wipeGroups())
}

// wipeGroups removes the cgroups of labs that are gone, as any lab does that
// removes its own.
func wipeGroups() error {
	groups, err := processes.GroupsOf(labName)
	if len(groups) == 0 {
		return err
	}
	dir, err := os.MkdirTemp("", "wipe")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := labdir.Root(dir).Open(context.Background(), "wipe", true, labdir.DontWait)
	if err != nil {
		return err
	}
	defer d.Close()
	g, err := processes.MakeGroup(d, false)
	if err != nil {
		return err
	}
	return errors.Join(g.Remove(), g.Close())
}
