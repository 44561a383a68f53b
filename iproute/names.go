package iproute

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// confDir is the directory of names that an administrator or a package chose
// (CONFDIR of iproute2 6.1).
const confDir = "/etc/iproute2"

// confDirs are the directories of names, in order of precedence. From 6.5 on,
// iproute2 has its own names in one of the latter two (CONF_USR_DIR).
var confDirs = []string{confDir, "/usr/share/iproute2", "/usr/lib/iproute2"}

// nameTable is one of iproute2's files of numbers and names, with the built-in
// names. It is read when first needed. A missing file has no names, and
// unreadable lines are skipped.
//
// The last name of a number is the one shown. If several numbers have the same
// name, an array in iproute2 takes the lowest number whose name was not
// replaced. A hash takes the one with the lowest last byte, and among those the
// last in the files (lib/rt_names.c).
type nameTable struct {
	file    string
	dir     string // directory of further files, *.conf
	builtin []numName
	hash    bool
	// dirs are the directories of the files, nil for confDirs.
	dirs []string

	once   sync.Once
	byNum  map[uint32]string
	byName map[string]uint32
}

// numName is one line of a table. Tables are slices because a map would be
// built at each start of the program.
type numName struct {
	num  uint32
	name string
}

func (t *nameTable) load() {
	t.once.Do(func() {
		if t.dirs == nil {
			t.dirs = confDirs
		}
		lines := t.builtin
		for _, f := range t.files() {
			lines = append(lines, t.read(f)...)
		}
		t.byNum, t.byName = make(map[uint32]string), make(map[string]uint32)
		for _, l := range lines {
			t.byNum[l.num] = l.name
		}
		for _, l := range lines {
			have, taken := t.byName[l.name]
			switch {
			case t.hash && (!taken || l.num&255 <= have&255):
				t.byName[l.name] = l.num
			case !t.hash && t.byNum[l.num] == l.name && (!taken || l.num < have):
				t.byName[l.name] = l.num
			}
		}
	})
}

// files returns the paths of the table's files in reading order: the first file
// called t.file, then those in the subdirectories called t.dir. A file there
// replaces those with the same name in later directories.
func (t *nameTable) files() []string {
	var paths []string
	for _, dir := range t.dirs {
		path := filepath.Join(dir, t.file)
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
			break
		}
	}
	if t.dir == "" {
		return paths
	}
	seen := make(map[string]bool)
	var more []string
	for _, dir := range t.dirs {
		some, _ := filepath.Glob(filepath.Join(dir, t.dir, "[^.]*.conf")) // the result is sorted, and the pattern is valid
		some = slices.DeleteFunc(some, func(path string) bool { return seen[filepath.Base(path)] })
		for _, path := range some {
			seen[filepath.Base(path)] = true
		}
		more = append(some, more...)
	}
	return append(paths, more...)
}

// read returns the lines of a file whose numbers fit into the table.
func (t *nameTable) read(path string) []numName {
	limit := uint64(math.MaxUint8)
	if t.hash {
		limit = math.MaxInt32
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []numName
	for s := bufio.NewScanner(f); s.Scan(); {
		if num, name, ok := parseNameLine(s.Text()); ok && num <= limit {
			lines = append(lines, numName{uint32(num), name})
		}
	}
	return lines
}

// parseNameLine reads "NUMBER NAME". The number is decimal, or hexadecimal
// after "0x". Anything may follow.
func parseNameLine(line string) (uint64, string, bool) {
	f := strings.Fields(line)
	if len(f) < 2 || f[0][0] == '#' {
		return 0, "", false
	}
	digits, base := f[0], 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	num, err := strconv.ParseUint(digits, base, 64)
	return num, f[1], err == nil
}

// name returns the name of a number, or the number in decimal.
func (t *nameTable) name(n uint32, o *Options) string {
	if !o.Numeric {
		t.load()
		if s, ok := t.byNum[n]; ok {
			return s
		}
	}
	return strconv.FormatUint(uint64(n), 10)
}

// number returns the number for a word, which is a name or a number up to
// limit.
func (t *nameTable) number(word string, limit uint32) (uint32, bool) {
	t.load()
	if n, ok := t.byName[word]; ok {
		return n, true
	}
	n, err := parseUint(word)
	return uint32(n), err == nil && n <= uint64(limit)
}

// The tables of lib/rt_names.c that the objects of this package use.
var (
	rtTables = &nameTable{file: "rt_tables", dir: "rt_tables.d", hash: true, builtin: []numName{
		{253, "default"}, {254, "main"}, {255, "local"}}}
	rtProtos = &nameTable{file: "rt_protos", dir: "rt_protos.d", builtin: []numName{
		{0, "unspec"}, {1, "redirect"}, {2, "kernel"}, {3, "boot"}, {4, "static"}, {8, "gated"}, {9, "ra"}, {10, "mrt"},
		{11, "zebra"}, {12, "bird"}, {13, "dnrouted"}, {14, "xorp"}, {15, "ntk"}, {16, "dhcp"}, {18, "keepalived"},
		{42, "babel"}, {186, "bgp"}, {187, "isis"}, {188, "ospf"}, {189, "rip"}, {192, "eigrp"}}}
	rtScopes = &nameTable{file: "rt_scopes", builtin: []numName{
		{0, "global"}, {255, "nowhere"}, {254, "host"}, {253, "link"}, {200, "site"}}}
	rtRealms  = &nameTable{file: "rt_realms", builtin: []numName{{0, "unknown"}}}
	rtDsfield = &nameTable{file: "rt_dsfield", builtin: []numName{{0, "0"}}}
	rtGroups  = &nameTable{file: "group", hash: true, builtin: []numName{{0, "default"}}}
)

// named takes a name from a table, or a number up to limit.
func (w *words) named(t *nameTable, what string, limit uint32) uint32 {
	s := w.need(what)
	if w.err != nil {
		return 0
	}
	n, ok := t.number(s, limit)
	if !ok {
		w.bad("%s, a name from %s or a number up to %d", what, filepath.Join(confDir, t.file), limit)
	}
	return n
}

// dsfield takes a type of service: a name, or a number. ip(8) reads the number
// as hexadecimal with or without "0x".
func (w *words) dsfield() uint8 {
	s := w.need("a type of service")
	if w.err != nil {
		return 0
	}
	v, ok := parseDSField(s)
	if !ok {
		w.bad("a type of service, a name from %s/rt_dsfield or a hexadecimal number up to ff", confDir)
	}
	return v
}

func parseDSField(s string) (uint8, bool) {
	rtDsfield.load()
	if n, ok := rtDsfield.byName[s]; ok {
		return uint8(n), true
	}
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 16, 8)
	return uint8(n), err == nil
}

// dsfieldText returns a type of service as ip(8) writes it.
func dsfieldText(v uint8, o *Options) string {
	if !o.Numeric {
		rtDsfield.load()
		if s, ok := rtDsfield.byNum[uint32(v)]; ok {
			return s
		}
	}
	return fmt.Sprintf("0x%02x", v)
}
