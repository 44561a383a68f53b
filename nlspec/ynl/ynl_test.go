package ynl

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

func u16(n uint16) []byte { return binary.NativeEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
func be(n uint64) []byte  { return binary.BigEndian.AppendUint64(nil, n) }

func cat(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// attr returns one attribute, with padding.
func attr(typ uint16, payload ...[]byte) []byte {
	b := append(make([]byte, 4), cat(payload...)...)
	binary.NativeEndian.PutUint16(b, uint16(len(b)))
	binary.NativeEndian.PutUint16(b[2:], typ)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// msg returns one message.
func msg(typ, flags uint16, parts ...[]byte) []byte {
	b := append(make([]byte, 16), cat(parts...)...)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags)
	return b
}

// load returns Families with these specifications.
func load(t testing.TB, names ...string) *nlspec.Families {
	t.Helper()
	var f nlspec.Families
	for _, name := range names {
		specs, err := Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range specs {
			if err := f.Add(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &f
}

// decode returns the line of a message.
func decode(t testing.TB, f *nlspec.Families, protocol int, m []byte) string {
	t.Helper()
	messages, rest := audit.DecodeIn(nlspec.Context{Protocol: protocol, Families: f}, m)
	if len(messages) != 1 || len(rest) > 0 {
		t.Fatalf("%d messages, rest % x", len(messages), rest)
	}
	return messages[0].String()
}

func TestGenericFamily(t *testing.T) {
	testenv.NeedLittleEndian(t)
	f := load(t, "lamp.yaml")
	// The controller announces the family's number.
	decode(t, f, unix.NETLINK_GENERIC, msg(unix.GENL_ID_CTRL, 0, []byte{1, 2, 0, 0}, attr(1, u16(30)), attr(2, []byte("lamp\x00")), attr(4, u32(4))))
	hdr := func(cmd uint8, index uint32) []byte { return append([]byte{cmd, 1, 0, 0}, u32(index)...) }
	for _, tt := range []struct {
		name string
		m    []byte
		want string
	}{
		{"a request", msg(30, 0x301, hdr(1, 7), attr(1, []byte("desk\x00")), attr(2, u32(6)), attr(3, u32(3)), attr(4, u32(1<<5|1))),
			`LAMP_CMD_GET seq=0 REQUEST|DUMP  cmd=1 version=1 index=7  LAMP_A_NAME="desk" LAMP_A_COLOR=DARK_BLUE ` +
				`LAMP_A_CAN=DIM|BLINK LAMP_A_SEEN=DARK|RED`},
		{"the reply, which is counted apart", msg(30, 0, hdr(1, 0), attr(7)), `LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_ON`},
		{"a request without a reply", msg(30, 1, hdr(2, 0), attr(40, u32(0xffffffff))), `LAMP_CMD_SET seq=0 REQUEST  cmd=2 version=1  LAMP_A_FAR=-1`},
		{"a notification", msg(30, 0, hdr(2, 0), attr(40, u32(1))), `LAMP_CMD_SET_NTF seq=0  cmd=2 version=1  LAMP_A_FAR=1`},
		{"a header and a set of its own", msg(30, 1, []byte{9, 1, 0, 0}, u16(0xffff), []byte{0, 5}, attr(1, []byte{1, 2}), attr(2, u32(1))),
			`LAMP_CMD_FORGET seq=0 REQUEST  cmd=9 version=1 x=-1 y_pos=5  LAMP_A_NAME=0x0102 LAMP_A_COLOR=1`},
		{"its reply", msg(30, 0, []byte{3, 1, 0, 0}, u16(1), []byte{0, 5}), `LAMP_CMD_FORGET_REPLY seq=0  cmd=3 version=1 x=1 y_pos=5`},
		{"a command that it does not have", msg(30, 0, hdr(77, 9), attr(1, u32(1))), `lamp:77 seq=0  cmd=77 version=1 header=0x09000000  1=0x01000000`},
		{"a structure", msg(30, 0, hdr(1, 0), attr(5, []byte{5, 9, 9, 9}, u16(3), []byte{1, 0}, []byte{2, 0, 0, 0, 0, 1}, []byte("ab\x00\x00"), []byte{10, 0, 0, 1})),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_PLACE={room=RED at={x=3 y_pos=256} serial=02:00:00:00:00:01 label="ab" host=10.0.0.1}`},
		{"lists", msg(30, 0, hdr(1, 0), attr(6), attr(8, attr(0, attr(1, be(3))), attr(1)), attr(9, attr(1, u16(4))), attr(10, attr(2, attr(3, attr(1, be(1)))))),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_WIRES={0={LAMP_W_LENGTH=3} 1={}} LAMP_A_LEVELS={1=4} LAMP_A_GRID={2={3={LAMP_W_LENGTH=1}}}`},
		{"arrays and bytes", msg(30, 0, hdr(1, 0), attr(11, u16(1), u16(0xffff)), attr(14, []byte{10, 0, 0, 2}), attr(15, u32(1), u32(3)), attr(43, []byte{1, 2, 3})),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_HISTORY=[1 -1] LAMP_A_ADDRESS=10.0.0.2 LAMP_A_MASK={value=DIM selector=DIM|BLINK} LAMP_A_KEY=0x010203`},
		{"a nest in itself", msg(30, 0, hdr(1, 0), attr(41, attr(41, attr(40, u32(5))))),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_NEXT={LAMP_A_NEXT={LAMP_A_FAR=5}}`},
		{"a sub-message of attributes", msg(30, 0, hdr(1, 0), attr(13, attr(1, u32(60))), attr(12, []byte("bulb\x00"))),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_DATA={LAMP_A_BULB_WATTS=60} LAMP_A_KIND="bulb"`},
		{"a sub-message that is a structure", msg(30, 0, hdr(1, 0), attr(12, []byte("point\x00")), attr(13, u16(1), []byte{0, 2})),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_KIND="point" LAMP_A_DATA={x=1 y_pos=2}`},
		{"a sub-message that is both", msg(30, 0, hdr(1, 0), attr(12, []byte("both\x00")), attr(13, u16(1), []byte{0, 2}, attr(1, u32(3)))),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_KIND="both" LAMP_A_DATA={x=1 y_pos=2 LAMP_A_BULB_WATTS=3}`},
		{"a sub-message that another set decides on, by number", msg(30, 0, hdr(1, 0), attr(2, u32(6)), attr(8, attr(1, attr(2, attr(1, u32(9)))))),
			`LAMP_CMD_GET_REPLY seq=0  cmd=1 version=1  LAMP_A_COLOR=DARK_BLUE LAMP_A_WIRES={1={LAMP_W_DETAIL={LAMP_A_BULB_WATTS=9}}}`},
	} {
		if got := decode(t, f, unix.NETLINK_GENERIC, tt.m); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestRawProtocol(t *testing.T) {
	f := load(t, "raw.yaml")
	link := make([]byte, 16)
	for _, tt := range []struct {
		name string
		m    []byte
		want string
	}{
		{"what the tables know", msg(16, 5, link, attr(4, u32(1500)), attr(18, attr(1, []byte("dummy\x00")))),
			`RTM_NEWLINK seq=0 REQUEST|ACK  IFLA_MTU=1500 IFLA_LINKINFO={IFLA_INFO_KIND="dummy"}`},
		{"what they lack", msg(16, 0, link, attr(200, []byte("x\x00")), attr(18, attr(100, u16(3)), attr(101, attr(200, []byte("y\x00"))))),
			`RTM_NEWLINK seq=0  IFLA_BRAND_NEW="x" IFLA_LINKINFO={IFLA_INFO_NOVELTY=3 IFLA_INFO_AGAIN={IFLA_BRAND_NEW="y"}}`},
		{"a kind that they know", msg(16, 5, link, attr(18, attr(1, []byte("vlan\x00")), attr(2, attr(1, u16(10))))),
			`RTM_NEWLINK seq=0 REQUEST|ACK  IFLA_LINKINFO={IFLA_INFO_KIND="vlan" IFLA_INFO_DATA={IFLA_VLAN_ID=10}}`},
		{"a kind that they lack", msg(16, 5, link, attr(18, attr(1, []byte("brandnew\x00")), attr(2, attr(1, u32(10))))),
			`RTM_NEWLINK seq=0 REQUEST|ACK  IFLA_LINKINFO={IFLA_INFO_KIND="brandnew" IFLA_INFO_DATA={NEWA_VALUE=10}}`},
		{"a message that they lack", msg(1000, 5, []byte{0, 0, 0, 0}, attr(1, u32(3))), `RTM_NEWNEWS seq=0 REQUEST|ACK  NEWA_VALUE=3`},
		{"another", msg(1002, 1, []byte{2, 0, 0, 0}), `RTM_GETNEWS seq=0 REQUEST  family=2`},
		{"one that the specification does not have", msg(20, 5, make([]byte, 8)), `RTM_NEWADDR seq=0 REQUEST|ACK`},
	} {
		if got := decode(t, f, unix.NETLINK_ROUTE, tt.m); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	for group, want := range map[uint32]string{1: "RTNLGRP_LINK", 500: "RTNLGRP_NEWS", 501: "501"} {
		if got := f.GroupName(unix.NETLINK_ROUTE, group); got != want {
			t.Errorf("group %d is %q, want %q", group, got, want)
		}
	}
}

func TestTwice(t *testing.T) {
	for _, name := range []string{"lamp.yaml", "raw.yaml"} {
		f := load(t, name)
		specs, err := Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Add(specs[0]); err == nil || !strings.HasPrefix(err.Error(), "two specifications of ") {
			t.Errorf("%s a second time: %v", name, err)
		}
	}
}

func TestMistakes(t *testing.T) {
	const begin = "name: x\nattribute-sets:\n"
	const ops = "operations: {list: []}\n"
	for _, tt := range []struct{ text, want string }{
		{"", "x.yaml:1: the file contains no specification"},
		{"a: [", "x.yaml:2: this is not YAML: "},
		{"- a\n", "x.yaml:1: expected a mapping with a key name"},
		{"doc: x\n", "x.yaml:1: the key name is missing"},
		{"name: x\n", "x.yaml:1: the key attribute-sets is missing: this is not a netlink specification"},
		{"name: x\nattribute-sets: []\n", "x.yaml:1: the key operations is missing: this is not a netlink specification"},
		{"name: x\nprotocol: other\n", `x.yaml:2: there is no schema "other"; the schemas are genetlink, genetlink-c, genetlink-legacy and netlink-raw`},
		{"name: x\nprotocol: netlink-raw\n", "x.yaml:1: the key protonum is missing, which netlink-raw needs"},
		{"name: x\nprotocol: netlink-raw\nprotonum: many\n", "x.yaml:3: protonum is many; it must be a number from 0 to 65535"},
		{"name: \"a\\e[m\"\n", `x.yaml:1: the character '\x1b' cannot be part of a name`},
		{begin + "  - name: a\n  - name: a\n" + ops, `x.yaml:4: "a" is defined twice, first on line 3`},
		{begin + "  - {name: a, attributes: [{name: b}]}\n" + ops, `x.yaml:3: the attribute "b" has no type`},
		{begin + "  - {name: a, attributes: [{name: b, type: u7}]}\n" + ops, `x.yaml:3: there is no type "u7"`},
		{begin + "  - {name: a, attributes: [{name: b, type: u8, value: 20000}]}\n" + ops, "x.yaml:3: value is 20000; it must be a number from 0 to 16383"},
		{begin + "  - {name: a, attributes: [{name: b, type: nest, nested-attributes: c}]}\n" + ops, `x.yaml:3: there is no attribute set "c"`},
		{begin + "  - {name: a, attributes: [{name: b, type: binary, struct: c}]}\n" + ops, `x.yaml:3: there is no definition "c"`},
		{begin + "  - {name: a, attributes: [{name: b, type: u8, enum: c}]}\n" + ops, `x.yaml:3: there is no definition "c"`},
		{begin + "  - {name: a, attributes: [{name: b, type: u16, byte-order: middle}]}\n" + ops, `x.yaml:3: there is no byte order "middle"`},
		{begin + "  - {name: a, attributes: [{name: b, type: indexed-array}]}\n" + ops, "x.yaml:3: an indexed-array needs a sub-type for its elements"},
		{begin + "  - {name: a, attributes: [{name: b, type: sub-message, sub-message: m}]}\n" + ops, `x.yaml:3: there is no sub-message "m"`},
		{begin + "  - {name: a, attributes: [{name: b, type: sub-message, sub-message: m}]}\nsub-messages: [{name: m}]\n" + ops,
			`x.yaml:3: the attribute "b" needs a selector for its sub-message`},
		{begin + "  - {name: a, attributes: [{name: b, type: sub-message, sub-message: m, selector: k}]}\nsub-messages: [{name: m}]\n" + ops,
			`x.yaml:3: there is no attribute "k" on the level of "b" or around it`},
		{begin + "  - {name: a, subset-of: a}\n" + ops, `x.yaml:3: the attribute set "a" is a subset of itself`},
		{begin + "  - {name: a, subset-of: b}\n  - {name: b, subset-of: a}\n" + ops, `x.yaml:4: the attribute set "a" is a subset of itself`},
		{begin + "  - {name: a, subset-of: z}\n" + ops, `x.yaml:3: there is no attribute set "z"`},
		{begin + "  - {name: a}\n  - {name: b, subset-of: a, attributes: [{name: c}]}\n" + ops, `x.yaml:4: the attribute set "a" has no attribute "c"`},
		{"name: x\ndefinitions:\n  - {name: s, type: struct, members: [{name: m, type: binary, struct: s}]}\n" +
			"attribute-sets:\n  - {name: a, attributes: [{name: b, type: binary, struct: s}]}\n" + ops, `x.yaml:3: the structure "s" contains itself`},
		{"name: x\ndefinitions:\n  - {name: s, type: struct, members: [{name: m, type: binary, len: n}]}\n" +
			"attribute-sets:\n  - {name: a, attributes: [{name: b, type: binary, struct: s}]}\n" + ops,
			`x.yaml:3: len is "n", which is neither a number nor a constant that this file defines`},
		{"name: x\ndefinitions:\n  - {name: s, type: struct, members: [{name: m, type: binary}, {name: n, type: u8}]}\n" +
			"attribute-sets:\n  - {name: a, attributes: [{name: b, type: binary, struct: s}]}\n" + ops,
			"x.yaml:3: only the last member of a structure may have no length"},
		{"name: x\ndefinitions:\n  - {name: f, type: flags, entries: [{name: a, value: 64}]}\n" +
			"attribute-sets:\n  - {name: a, attributes: [{name: b, type: u64, enum: f}]}\n" + ops, "x.yaml:3: a is bit 64; there are bits 0 to 63"},
		{begin + "  []\noperations:\n  list:\n    - {name: o, attribute-set: a}\n", `x.yaml:6: there is no attribute set "a"`},
		{begin + "  []\noperations:\n  enum-model: third\n", `x.yaml:5: there is no model "third"; the models are unified and directional`},
		{begin + "  []\noperations:\n  enum-model: directional\n  list: [{name: o}]\n",
			`x.yaml:6: the operation "o" has neither do nor dump, nor is it a notification or an event`},
		{begin + "  []\noperations:\n  list: [{name: o, value: 256}]\n", `x.yaml:5: the operation "o" has number 256; the highest possible is 255`},
		{begin + "  []\noperations:\n  list: [{name: o, notify: p}]\n", `x.yaml:5: there is no operation "p"`},
		{begin + "  []\noperations:\n  list: [{name: o, fixed-header: h}]\n", `x.yaml:5: there is no definition "h"`},
	} {
		_, err := Parse("x.yaml", []byte(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestTooMuch(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: x\noperations: {}\nattribute-sets:\n")
	for i := range 10 {
		fmt.Fprintf(&b, "  - {name: a%d, attributes: [{name: b, type: u8, value: 16383}]}\n", i)
	}
	_, err := Parse("x.yaml", []byte(b.String()))
	if err == nil || err.Error() != "x.yaml:12: the attribute sets have more than 131072 numbers" {
		t.Errorf("got %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, want string }{
		{filepath.Join(dir, "nothing"), "read netlink specifications: stat "},
		{dir, "no file of " + dir + " ends in .yaml; the kernel's source has netlink specifications in Documentation/netlink/specs"},
	} {
		if _, err := Load(tt.name); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "a.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.HasSuffix(err.Error(), "a.yaml: not a regular file") {
		t.Errorf("a FIFO: %v", err)
	}
	if specs, err := Load("testdata"); err != nil || len(specs) != 2 {
		t.Errorf("testdata: %d specifications, %v", len(specs), err)
	}
}

// TestKernelSpecs reads the kernel's own specifications, which this repository
// does not contain. NSLAB_YNL_SPECS names their directory,
// Documentation/netlink/specs in the kernel's source.
func TestKernelSpecs(t *testing.T) {
	dir := os.Getenv("NSLAB_YNL_SPECS")
	if dir == "" {
		t.Skip("NSLAB_YNL_SPECS does not name Documentation/netlink/specs of a kernel's source")
	}
	specs, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var f nlspec.Families
	for _, s := range specs {
		if err := f.Add(s); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if len(s.Requests)+len(s.Replies) == 0 {
			t.Errorf("%s has no messages", s.Name)
		}
	}
	if len(specs) < 10 {
		t.Errorf("%d specifications", len(specs))
	}
}

// FuzzParse reads any text as a specification, and a message with it.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"lamp.yaml", "raw.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, msg(30, 0, make([]byte, 8), attr(1, u32(1))))
	}
	f.Add([]byte("name: x\nattribute-sets: [&a {name: a, attributes: [*a]}]\noperations: {list: [*a]}\n"), []byte{})
	f.Add([]byte("name: x\nattribute-sets:\n  - {name: a, attributes: [{name: b, type: nest, nested-attributes: a}]}\n"+
		"operations: {list: [{name: o, attribute-set: a}]}\n"), msg(30, 0, []byte{1, 0, 0, 0}, attr(1, attr(1))))
	f.Fuzz(func(t *testing.T, text, message []byte) {
		spec, err := Parse("x.yaml", text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") || !strings.HasPrefix(err.Error(), "x.yaml:") {
				t.Errorf("error %q", err)
			}
			return
		}
		var families nlspec.Families
		if err := families.Add(spec); err != nil {
			t.Fatal(err)
		}
		decodeAny(&families, spec, message)
	})
}

// decodeAny decodes a message of a family that has number 30.
func decodeAny(f *nlspec.Families, spec *nlspec.Family, m []byte) {
	if spec.Protocol == unix.NETLINK_GENERIC && len(spec.Name) < 16 {
		audit.DecodeIn(nlspec.Context{Protocol: spec.Protocol, Families: f},
			msg(unix.GENL_ID_CTRL, 0, []byte{1, 2, 0, 0}, attr(1, u16(30)), attr(2, append([]byte(spec.Name), 0))))
	}
	audit.DecodeIn(nlspec.Context{Protocol: spec.Protocol, Families: f}, m)
}
