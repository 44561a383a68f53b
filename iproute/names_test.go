package iproute

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeFiles writes files below dir, and creates their directories.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNameTable(t *testing.T) {
	etc, usr := t.TempDir(), t.TempDir()
	writeFiles(t, etc, map[string]string{
		"array":       "# 7 comment\n7 a\n6 a # the lowest\n6 b\n300 big\n256 big\n-1 minus\n0x14 hex\n040 ten\n9\nnine 9\n20 x#y\n",
		"hash":        "5 a\n6 a\n261 b\n7 b\n2 c\n3 d\n258 c\n2147483647 max\n2147483648 more\n3 e\n",
		"d/frr.conf":  "186 bgp\n196 static\n",
		"d/.hid.conf": "1 hidden\n",
		"d/b.conf":    "50 etc\n",
		"d/README":    "1 readme\n",
	})
	writeFiles(t, usr, map[string]string{
		"array":      "1 usr\n",
		"dir":        "1 usr\n",
		"d/b.conf":   "51 usr\n",
		"d/z.conf":   "50 usr\n",
		"d/frr.conf": "1 frr\n",
	})
	type names struct {
		ByNum  map[uint32]string
		ByName map[string]uint32
	}
	for _, tt := range []struct {
		what  string
		table *nameTable
		want  names
	}{
		{"an array", &nameTable{file: "array", builtin: []numName{{4, "four"}, {6, "six"}}}, names{
			map[uint32]string{4: "four", 6: "b", 7: "a", 20: "x#y", 40: "ten"},
			map[string]uint32{"four": 4, "b": 6, "a": 7, "x#y": 20, "ten": 40},
		}},
		{"a hash", &nameTable{file: "hash", hash: true, builtin: []numName{{2, "two"}}}, names{
			map[uint32]string{2: "c", 3: "e", 5: "a", 6: "a", 7: "b", 258: "c", 261: "b", 1<<31 - 1: "max"},
			// 261 is 0x105, before 7 in the hash; 258 is in one bucket with 2.
			map[string]uint32{"two": 2, "a": 5, "b": 261, "c": 258, "d": 3, "e": 3, "max": 1<<31 - 1},
		}},
		{"directories", &nameTable{file: "dir", dir: "d", builtin: []numName{{4, "static"}}}, names{
			map[uint32]string{1: "usr", 4: "static", 50: "etc", 186: "bgp", 196: "static"},
			map[string]uint32{"usr": 1, "static": 4, "etc": 50, "bgp": 186},
		}},
		{"no files", &nameTable{file: "none", dir: "none", builtin: []numName{{4, "static"}}}, names{
			map[uint32]string{4: "static"}, map[string]uint32{"static": 4},
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			tt.table.dirs = []string{etc, usr}
			tt.table.load()
			if d := cmp.Diff(tt.want, names{tt.table.byNum, tt.table.byName}); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// otherNames are names as other packages and administrators define them:
// duplicates, and for numbers that do not exist.
const otherNames = `echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up
mount -t tmpfs none /etc/iproute2; mkdir /etc/iproute2/rt_protos.d /etc/iproute2/rt_tables.d
printf '4 static\n300 large\n' >/etc/iproute2/rt_protos
printf '186 bgp\n196 static\n77 mine\n78 mine\n' >/etc/iproute2/rt_protos.d/frr.conf
printf '9 hidden\n' >/etc/iproute2/rt_protos.d/.hidden.conf
printf '254 main\n100 blue\n200 blue\n300 blue\n254 wide\n' >/etc/iproute2/rt_tables.d/x.conf
printf '5 a\n6 a\n261 b\n7 b\n' >/etc/iproute2/group
printf '5 a\n6 a\n6 b\n' >/etc/iproute2/rt_realms
printf '254 host\n78 sc\n79 sc\n300 out\n' >/etc/iproute2/rt_scopes
printf '0x14 xx\n0x18 xx\n040 ten\n' >/etc/iproute2/rt_dsfield
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link set v0 up; ip link set v1 up; ip addr add 10.0.0.1/24 dev v0
`

func TestIntegrationNamesPeers(t *testing.T) {
	var cases []peerCase
	for _, words := range []string{
		"proto static", "proto mine", "proto large", "proto hidden", "proto 196", "table blue", "table main", "table wide",
		"scope sc", "scope out", "realm a", "realm b", "realms a/b", "tos xx", "tos ten", "tos 0x14",
	} {
		cases = append(cases, peerCase{state: otherNames,
			cmd: "ip route add 10.9.0.0/16 dev v0 " + words + "; ip -N route show table all; ip route show table all; ip route show table all " + words})
	}
	for _, words := range []string{"protocol static", "protocol mine", "protocol large", "tos xx", "realms a/b", "suppress_ifgroup a", "suppress_ifgroup b"} {
		cases = append(cases, peerCase{state: otherNames,
			cmd: "ip rule add from 1.2.3.4 pref 7 table blue " + words + "; ip -N rule; ip rule; ip rule flush protocol static; ip rule"})
	}
	cases = append(cases,
		peerCase{state: otherNames, cmd: "ip link set v0 group a; ip link set v1 group b; ip -N link; ip link; ip link show group b"},
		peerCase{state: otherNames, cmd: "ip addr add 10.0.1.1/24 dev v0 scope sc; ip addr add 10.0.2.1/24 dev v0 scope host; ip -N addr show v0; ip addr show scope sc"},
		peerCase{state: otherNames, cmd: "ip addr add 10.0.1.1/24 dev v0 scope out"},
	)
	comparePeers(t, cases)
}
