package iproute

import (
	"bufio"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// confDir is where iproute2 6.1 has its names (CONFDIR).
const confDir = "/etc/iproute2"

// nameTable is one of iproute2's files of numbers and names, with the names
// that are built in. It is read when first needed; a file that is not there has
// no names, and a line that cannot be read is passed over, as iproute2 does.
type nameTable struct {
	file    string
	dir     string // of further files, *.conf
	builtin []numName
	once    sync.Once
	byNum   map[uint32]string
	byName  map[string]uint32
}

// numName is one line of a table. Tables are slices: a map would be made at each
// start of the program.
type numName struct {
	num  uint32
	name string
}

func (t *nameTable) load() {
	t.once.Do(func() {
		t.byNum, t.byName = make(map[uint32]string), make(map[string]uint32)
		for _, b := range t.builtin {
			t.byNum[b.num], t.byName[b.name] = b.name, b.num
		}
		t.read(filepath.Join(confDir, t.file))
		if t.dir == "" {
			return
		}
		more, _ := filepath.Glob(filepath.Join(confDir, t.dir, "*.conf")) // the pattern is right
		sort.Strings(more)
		for _, f := range more {
			t.read(f)
		}
	})
}

func (t *nameTable) read(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		num, name, ok := parseNameLine(s.Text())
		if ok {
			t.byNum[num], t.byName[name] = name, num
		}
	}
}

// parseNameLine reads "NUMBER NAME", with a comment behind it or not.
func parseNameLine(line string) (uint32, string, bool) {
	line, _, _ = strings.Cut(line, "#")
	f := strings.Fields(line)
	if len(f) < 2 {
		return 0, "", false
	}
	num, err := parseUint(f[0])
	if err != nil || num > 1<<32-1 {
		return 0, "", false
	}
	return uint32(num), f[1], true
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

// number returns the number that a word stands for: a name, or a number up to
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
	rtTables = &nameTable{file: "rt_tables", dir: "rt_tables.d", builtin: []numName{
		{253, "default"}, {254, "main"}, {255, "local"}}}
	rtProtos = &nameTable{file: "rt_protos", dir: "rt_protos.d", builtin: []numName{
		{0, "unspec"}, {1, "redirect"}, {2, "kernel"}, {3, "boot"}, {4, "static"}, {8, "gated"}, {9, "ra"}, {10, "mrt"},
		{11, "zebra"}, {12, "bird"}, {13, "dnrouted"}, {14, "xorp"}, {15, "ntk"}, {16, "dhcp"}, {18, "keepalived"},
		{42, "babel"}, {186, "bgp"}, {187, "isis"}, {188, "ospf"}, {189, "rip"}, {192, "eigrp"}}}
	rtScopes = &nameTable{file: "rt_scopes", builtin: []numName{
		{0, "global"}, {255, "nowhere"}, {254, "host"}, {253, "link"}, {200, "site"}}}
	rtRealms  = &nameTable{file: "rt_realms", builtin: []numName{{0, "unknown"}}}
	rtDsfield = &nameTable{file: "rt_dsfield"}
	rtGroups  = &nameTable{file: "group", builtin: []numName{{0, "default"}}}
)

// named takes a word that is a name of a table or a number up to limit.
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
