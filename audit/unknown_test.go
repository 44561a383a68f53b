package audit

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// tcFixtures returns the files with the requests of tc of iproute2 6.1 and the
// answers of kernels.
var tcFixtures = []string{"tc/action.hex", "tc/filter.hex", "tc/htb.hex", "tc/qdisc.hex", "tc/linux7.hex", "tc/linux5.hex", "tc/more.hex", "tc/tc7.hex"}

// routeFixtures returns all files of testdata/route: the requests of ip, bridge
// and dcb of iproute2 7.3, and the answers of kernels.
func routeFixtures(t testing.TB) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS("testdata"), "route/*.hex")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/route: %d files, %v", len(files), err)
	}
	return files
}

// TestControllerIsNamed looks for anything without a name in the traffic with
// the controller of generic netlink.
func TestControllerIsNamed(t *testing.T) {
	testenv.NeedLittleEndian(t)
	named := 0
	for _, s := range readFixture(t, "genl/ctrl.hex") {
		messages, _ := Decode(s.datagram.Protocol, s.datagram.Data)
		for _, m := range messages {
			if m.Header.Type != unix.GENL_ID_CTRL {
				continue
			}
			named++
			for _, what := range unknown(m) {
				t.Error(what)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d messages of the controller", named)
	}
}

// TestFixturesAreNamed looks for anything without a name in the traffic between
// iproute2 and the kernel. The golden files of TestTracerGolden show the names.
func TestFixturesAreNamed(t *testing.T) {
	testenv.NeedLittleEndian(t)
	for _, name := range slices.Concat([]string{"nft/nft.hex", "sockdiag/ss.hex"}, tcFixtures, routeFixtures(t)) {
		command := ""
		for _, s := range readFixture(t, name) {
			if s.remark != "" {
				command = strings.TrimPrefix(s.remark, "# ")
				continue
			}
			messages, rest := Decode(s.datagram.Protocol, s.datagram.Data)
			if len(messages) == 0 || !allZero(rest) { // iproute2 sends some buffers whole
				t.Errorf("%s: %s: %d messages, rest % x", name, command, len(messages), rest)
			}
			for _, m := range messages {
				for _, what := range unknown(m) {
					t.Errorf("%s: %s: %s", name, command, what)
				}
			}
		}
	}
}

// unknown returns what is not fully named in m: bytes left over, attributes
// without a name, values of the wrong length or of an unknown kind.
func unknown(m Message) (what []string) {
	if len(m.Rest) > 0 || m.Problem != "" {
		what = append(what, m.String())
	}
	var check func(path string, values []Value)
	check = func(path string, values []Value) {
		for _, v := range values {
			at := path + "/" + v.Name
			opaque := v.Kind == nlspec.Binary && len(v.Data) > 0 && v.Fields == nil
			if !v.Known || v.Guess || v.Malformed() || opaque || len(v.Rest) > 0 && v.Name != "TCA_DEF_DATA" { // tc sends what happens to follow the word in its memory
				what = append(what, fmt.Sprintf("%s: %s, % x, rest % x", at, v.Kind, v.Data, v.Rest))
			}
			check(at, v.Fields)
		}
	}
	check(m.Name, append(m.Fields[:len(m.Fields):len(m.Fields)], m.Attrs...))
	return what
}

// TestAfterNUL checks that bytes after the NUL that ends a text are shown and
// counted; zeros are padding.
func TestAfterNUL(t *testing.T) {
	for _, tt := range []struct {
		name  string // IFLA_IFNAME's bytes
		line  string
		rest  string
		count int
	}{
		{"a", `"a"`, "", 0},
		{"a\x00", `"a"`, "", 0},
		{"a\x00\x00\x00", `"a"`, "", 0},
		{"a\x00b\x00", `"a"(2 bytes left: 0x6200)`, "b\x00", 1},
		{"\x00b", `""(1 bytes left: 0x62)`, "b", 1},
	} {
		data := msg(unix.RTM_NEWLINK, 0, 1, ifinfo(), attr(unix.IFLA_IFNAME, []byte(tt.name)))
		messages, _ := Decode(unix.NETLINK_ROUTE, data)
		if got := messages[0].Attrs[0]; got.Content != cString([]byte(tt.name)) || string(got.Rest) != tt.rest {
			t.Errorf("%q: %q, rest %q", tt.name, got.Content, got.Rest)
		}
		if got := messages[0].String(); !strings.HasSuffix(got, " IFLA_IFNAME="+tt.line) {
			t.Errorf("%q: %s", tt.name, got)
		}
		var b strings.Builder
		j := NewJSON(&b)
		j.Event(&Event{Op: OpReceive, Data: data, Length: len(data)})
		if has := strings.Contains(b.String(), fmt.Sprintf(`"rest":"%x"`, tt.rest)); has != (tt.rest != "") || j.Close() != nil {
			t.Errorf("%q: %s", tt.name, b.String())
		}
		var u Unknown
		u.Event(&Event{Op: OpReceive, Socket: Socket{Protocol: unix.NETLINK_ROUTE}, Data: data, Length: len(data)})
		if u.Count() != tt.count {
			t.Errorf("%q: %d unknown, want %d", tt.name, u.Count(), tt.count)
		}
	}
}
