// Package memlimit reads how much memory the control groups of this process
// leave it.
package memlimit

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/mountinfo"
)

// The kernel counts what a namespace takes as the memory of the process that
// makes it: beyond the limit of its control group it is killed.

// Left returns how much memory the control groups of this process leave it, in
// KiB, and the one that leaves least. It reads proc, the root of a proc file
// system, and these mounts.
func Left(proc string, mounts []mountinfo.Mount) (free uint64, group string, ok bool) {
	consider := func(dir string, limit, usage string, stat func(map[string]uint64) uint64) {
		most, ok1 := Number(dir + "/" + limit)
		used, ok2 := Number(dir + "/" + usage)
		if !ok1 || !ok2 {
			return // "max", or none
		}
		// The page cache goes when its room is needed.
		if stat != nil {
			used -= min(used, stat(readStat(dir+"/memory.stat")))
		}
		left := (most - min(most, used)) >> 10
		if !ok || left < free {
			free, group, ok = left, dir, true
		}
	}
	for _, g := range groups(proc, mounts) {
		for dir := g.dir; ; dir = filepath.Dir(dir) {
			if g.v2 {
				consider(dir, "memory.max", "memory.current", func(s map[string]uint64) uint64 { return s["inactive_file"] + s["active_file"] })
			} else {
				consider(dir, "memory.limit_in_bytes", "memory.usage_in_bytes", func(s map[string]uint64) uint64 { return s["total_inactive_file"] + s["total_active_file"] })
				consider(dir, "memory.kmem.limit_in_bytes", "memory.kmem.usage_in_bytes", nil)
			}
			if dir == g.top || len(dir) <= len(g.top) {
				break
			}
		}
	}
	return free, group, ok
}

// A memoryGroup is a control group that this process is in, where memory is
// counted.
type memoryGroup struct {
	dir, top string
	v2       bool
}

// groups finds them: cgroup v1 has a hierarchy for memory, v2 one for
// all.
func groups(proc string, mounts []mountinfo.Mount) (groups []memoryGroup) {
	b, err := os.ReadFile(proc + "/self/cgroup")
	if err != nil {
		return nil
	}
	v1, v2 := "", ""
	for line := range strings.Lines(string(b)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(parts) < 3:
		case parts[0] == "0" && parts[1] == "":
			v2 = parts[2]
		case hasWord(parts[1], "memory"):
			v1 = parts[2]
		}
	}
	for _, mount := range mounts {
		path := ""
		switch {
		case mount.Type == "cgroup2":
			path = v2
		case mount.Type == "cgroup" && hasWord(mount.Options, "memory"):
			path = v1
		}
		if path == "" {
			continue
		}
		// What is mounted may be a part of the hierarchy: a container's own.
		rest, inside := strings.CutPrefix(path, strings.TrimSuffix(mount.Root, "/"))
		if !inside {
			rest = "/"
		}
		groups = append(groups, memoryGroup{dir: filepath.Join(mount.Path, rest), top: mount.Path, v2: mount.Type == "cgroup2"})
	}
	return groups
}

// hasWord reports whether a list with commas has a word.
func hasWord(list, word string) bool {
	return strings.Contains(","+list+",", ","+word+",")
}

// Number reads a file that holds a number, false where that is not so.
func Number(path string) (uint64, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil
}

// readStat reads the lines "name number" of a file; of one that is not there
// there are none.
func readStat(path string) map[string]uint64 {
	b, _ := os.ReadFile(path) // see above
	all := make(map[string]uint64)
	for line := range strings.Lines(string(b)) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseUint(number, 10, 64); err == nil {
			all[name] = n
		}
	}
	return all
}
