package lab

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// sweepFile is a lab with an interface and a bridge, whose nodes have a setting
// each.
const sweepFile = `
name: t
ipv6: MODE
nodes:
  a: {sysctls: {A}}
  b: {}
  sw: {kind: bridge, sysctls: {SW}}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [10.0.0.1/24, 10.0.0.2/24]}
  - {endpoints: ["b:eth1", "sw:p1"]}
`

// otherValues are two values of settings that are no numbers, or none that
// follow each other.
var otherValues = map[string][2]string{
	"net.ipv4.ip_local_port_range":        {"20000\t30000", "20001\t30001"},
	"net.ipv4.ip_local_reserved_ports":    {"8080", "9148"},
	"net.ipv4.ping_group_range":           {"0\t7", "0\t9"},
	"net.ipv4.tcp_rmem":                   {"4096\t131072\t1000000", "4096\t131072\t1000064"},
	"net.ipv4.tcp_wmem":                   {"4096\t16384\t1000000", "4096\t16384\t1000064"},
	"net.ipv4.tcp_fastopen_key":           {"00000001-00000002-00000003-00000004", "00000005-00000002-00000003-00000004"},
	"net.ipv4.fib_multipath_hash_seed":    {"7", "8"},
	"net.core.xfrm_aevent_etime":          {"11", "12"},
	"net.ipv6.conf.all.addr_gen_mode":     {"3", "1"},
	"net.ipv6.conf.default.addr_gen_mode": {"3", "1"},
	"net.ipv6.conf.eth0.addr_gen_mode":    {"3", "1"},
	"net.ipv6.conf.br0.addr_gen_mode":     {"3", "1"},
	"net.ipv6.conf.eth0.mtu":              {"1300", "1400"},
	"net.ipv6.conf.br0.mtu":               {"1300", "1400"},
}

func init() {
	otherValues["net.ipv6.conf.lo.addr_gen_mode"] = [2]string{"3", "1"}
	for _, at := range []string{"default", "eth0", "br0", "lo"} {
		otherValues["net.ipv6.conf."+at+".stable_secret"] = [2]string{"2001:db8::1", "2001:db8::2"}
	}
}

// notSwept are settings that cannot be compared, and why.
var notSwept = map[string]string{
	"net.ipv6.conf.all.stable_secret": "the kernel takes none (EIO)",
	"net.netfilter.nf_hooks_lwtunnel": "a file cannot say it: it is the machine's own in all namespaces, and once on never off again",
}

// eachSetting calls f with the key and the path of each setting of the calling
// thread's namespace.
func eachSetting(f func(key, path string, d fs.DirEntry) error) error {
	return filepath.WalkDir("/proc/sys/net", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return f(sysctl.Swap(strings.TrimPrefix(path, "/proc/sys/")), path, d)
	})
}

// settings reads all settings of the calling thread's namespace by their keys,
// "" for one that cannot be read. There are a thousand, which are read often:
// os.ReadFile would need twice as many system calls.
func settings() (map[string]string, error) {
	values := make(map[string]string)
	buf := make([]byte, 4096) // no setting is longer
	err := eachSetting(func(key, path string, _ fs.DirEntry) error {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			values[key] = "" // one that can only be written
			return nil
		}
		n, err := unix.Read(fd, buf)
		if err != nil {
			n = 0 // such as EIO of stable_secret
		}
		values[key] = strings.TrimSpace(string(buf[:n]))
		return unix.Close(fd)
	})
	return values, err
}

// writableSettings are the keys of those settings that can be written.
func writableSettings() (keys []string, err error) {
	err = eachSetting(func(key, _ string, d fs.DirEntry) error {
		info, err := d.Info()
		if err == nil && info.Mode()&0o200 != 0 {
			keys = append(keys, key)
		}
		return err
	})
	return keys, err
}

// look reads the settings of a node and its link-local addresses.
func look(t *testing.T, node string) map[string]string {
	t.Helper()
	var values map[string]string
	in(t, "t-"+node, func() (err error) {
		values, err = settings()
		if err != nil {
			return err
		}
		b, err := os.ReadFile("/proc/thread-self/net/if_inet6")
		if os.IsNotExist(err) {
			return nil
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if strings.HasPrefix(f[0], "fe80") {
				values["link-local addresses of "+f[5]] += "one "
			}
		}
		return err
	})
	return values
}

// settledLook looks until what is there is what is wanted, or time is over.
func settledLook(t *testing.T, node string, differs func(map[string]string) string) string {
	t.Helper()
	settle.Carriers(t, "t-"+node)
	for i := 0; ; i++ {
		d := differs(look(t, node))
		if d == "" || i > 40 {
			return d
		}
		time.Sleep(25 * time.Millisecond) // what the kernel does by itself it does not tell
	}
}

// ofLoopback is the setting of lo that is what an interface's is.
func ofLoopback(key string) string {
	if name := sysctl.Interface(key); name != "" {
		return strings.Replace(key, "."+sysctl.Part(name)+".", ".lo.", 1)
	}
	return key
}

// candidates are two values of a setting that the kernel takes and that differ
// from what it is and from each other, as they read.
func candidates(h *nsfs.Handle, key, fresh string) (two []string) {
	if v, ok := otherValues[key]; ok {
		return v[:]
	}
	n, err := strconv.ParseInt(fresh, 10, 64)
	if err != nil {
		return nil
	}
	seen := []string{fresh}
	for _, v := range []int64{n + 1, n - 1, 1, 0, 2, n + 2, n * 2, n / 2, n + 64, n + 4096} {
		text := strconv.FormatInt(v, 10)
		reading, err := sysctl.Try(h, ofLoopback(key), text)
		if err == nil && !slices.Contains(seen, reading) {
			seen = append(seen, reading)
			two = append(two, text)
		}
		if len(two) == 2 {
			break
		}
	}
	return two
}

// TestIntegrationEverySetting says each writable setting of a namespace in a
// file, one by one and with each mode of IPv6: a second plan is empty, and the
// setting said, said otherwise and said no more is as in a new lab, and so are
// all others.
func TestIntegrationEverySetting(t *testing.T) {
	testenv.NeedTool(t, peerstate.Tools...)
	full := os.Getenv("NSLAB_SWEEP") == "full"
	only := os.Getenv("NSLAB_SWEEP_KEY")
	swept, left := 0, 0
	modes, each := []string{"auto", "on", "off"}, 29
	if testing.Short() {
		modes, each = modes[:1], 4*each
	}
	for _, mode := range modes {
		file := func(node, key, value string) string {
			say := ""
			if value != "" {
				say = fmt.Sprintf("%q: %q", key, value)
			}
			a, sw := "", say
			if node == "a" {
				a, sw = say, ""
			}
			return strings.NewReplacer("MODE", mode, "{A}", "{"+a+"}", "{SW}", "{"+sw+"}").Replace(sweepFile)
		}
		down := func() {
			t.Helper()
			if err := Down(bg, "t", nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		for _, node := range []string{"a", "sw"} {
			none := file(node, "", "")
			up(t, nil, none)
			var writable []string
			in(t, "t-"+node, func() (err error) {
				writable, err = writableSettings()
				return err
			})
			// Until the interfaces are ready.
			fresh := look(t, node)
			settledLook(t, node, func(now map[string]string) string {
				if mode == "on" && (node == "a" && now["link-local addresses of eth0"] == "" || node == "sw" && now["link-local addresses of br0"] == "") {
					return "not ready"
				}
				fresh = now
				return ""
			})
			down()
			up(t, nil, none)
			noise := map[string]bool{}
			for key, v := range look(t, node) {
				if v != fresh[key] && !strings.HasPrefix(key, "link-local") {
					noise[key] = true
				}
			}
			down()
			h, err := nsfs.New()
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			differ := func(want, have map[string]string, but string) string {
				var lines []string
				for _, key := range slices.Sorted(maps.Keys(want)) {
					if (but == "" || !strings.HasSuffix(key, but)) && !noise[key] && notSwept[key] == "" && have[key] != want[key] {
						lines = append(lines, fmt.Sprintf("%s is %q, in a new lab %q", key, have[key], want[key]))
					}
				}
				for key := range have {
					if _, ok := want[key]; !ok && (but == "" || !strings.HasSuffix(key, but)) {
						lines = append(lines, fmt.Sprintf("%s is %q, in a new lab there is none", key, have[key]))
					}
				}
				return strings.Join(lines, "; ")
			}
			for i, key := range writable {
				v6 := strings.HasPrefix(key, "net.ipv6.")
				special := v6 && (strings.HasSuffix(key, ".addr_gen_mode") || strings.HasSuffix(key, ".stable_secret") || strings.HasSuffix(key, ".mtu") || strings.HasSuffix(key, ".disable_ipv6")) || strings.HasSuffix(key, ".route.flush")
				switch {
				case only != "" && !strings.Contains(key, only):
					continue
				case mode != "auto" && !v6, node == "sw" && sysctl.Interface(key) != "br0", noise[key], notSwept[key] != "":
					continue
				case !full && only == "" && !special && (i+int(mode[1]))%each != 0:
					continue
				}
				values := candidates(h, key, fresh[key])
				if strings.HasSuffix(key, ".route.flush") {
					values = []string{"1", "0"}
				}
				if len(values) == 1 {
					values = append(values, values[0]) // of two that there are
				}
				if len(values) < 2 {
					left++
					t.Logf("%s: no value is known that the kernel takes (it is %q)", key, fresh[key])
					continue
				}
				swept++
				where := fmt.Sprintf("ipv6: %s, node %s, %s", mode, node, key)
				empty := func(what, text string) {
					t.Helper()
					p, err := PlanUp(bg, parse(t, text), nil, UpOptions{})
					if err != nil {
						t.Fatalf("%s: %s: %v", where, what, err)
					}
					if !p.Empty() {
						t.Errorf("%s: %s: a plan has\n%s", where, what, words(p))
					}
				}
				try := func(what, text string) bool {
					t.Helper()
					top := parse(t, text)
					if _, err := Up(bg, top, nil, UpOptions{}); err != nil {
						t.Errorf("%s: %s: %v", where, what, err)
						return false
					}
					return true
				}
				one, two := file(node, key, values[0]), file(node, key, values[1])
				if !try("new", two) {
					continue
				}
				var wantTwo map[string]string
				settledLook(t, node, func(now map[string]string) string {
					ready := "link-local addresses of " + map[string]string{"a": "eth0", "sw": "br0"}[node]
					if mode == "on" && now[ready] == "" && !(strings.HasSuffix(key, ".addr_gen_mode") && values[1] == "1" && sysctl.Interface(key) != "lo") && !strings.HasSuffix(key, ".disable_ipv6") {
						return "not ready"
					}
					wantTwo = now
					return ""
				})
				if wantTwo == nil {
					wantTwo = look(t, node)
				}
				empty("new", two)
				down()
				if !try("new", one) {
					continue
				}
				empty("new", one)
				but := ""
				if strings.HasSuffix(key, ".addr_gen_mode") || strings.HasSuffix(key, ".stable_secret") {
					// A secret that is set, by hand or for a random address,
					// cannot be unset.
					but = ".stable_secret"
				}
				if try("changed", two) {
					changed := but
					if strings.HasSuffix(key, ".stable_secret") {
						changed = ""
					}
					if d := settledLook(t, node, func(now map[string]string) string { return differ(wantTwo, now, changed) }); d != "" {
						t.Errorf("%s: from %q to %q: %s", where, values[0], values[1], d)
					}
					empty("changed", two)
				}
				if try("dropped", none) {
					if d := settledLook(t, node, func(now map[string]string) string { return differ(fresh, now, but) }); d != "" {
						t.Errorf("%s: dropped: %s", where, d)
					}
					empty("dropped", none)
				}
				down()
			}
		}
	}
	t.Logf("%d settings tried, %d left out", swept, left)
}
