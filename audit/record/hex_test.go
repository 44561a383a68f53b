package record

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

func TestHex(t *testing.T) {
	testenv.NeedLittleEndian(t)
	data := []byte{20, 0, 0, 0, 18, 0, 1, 3, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0}
	done := []byte{20, 0, 0, 0, 3, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	long := append([]byte{36, 0, 0, 0, 18, 0, 1, 3}, make([]byte, 28)...)
	for _, tt := range []struct {
		text string
		want [][]byte
	}{
		{"1400000012000103050000000000000007000000", [][]byte{data}},
		{"14000000 12000103 05000000 00000000 07000000\n", [][]byte{data}},
		{"14 00 00 00 12 00 01 03\n05 00 00 00 00 00 00 00 07 00 00 00\n", [][]byte{data}},
		{"14:00:00:00:12:00:01:03:05:00:00:00:00:00:00:00:07:00:00:00", [][]byte{data}},
		{"0x14 0x00 0x00 0x00 0x12000103 0x05000000 0x00000000 0x07000000", [][]byte{data}},
		{"1400000012000103050000000000000007000000\n1400000003000200050000000000000000000000\n", [][]byte{data, done}},
		{"1400000012000103050000000000000007000000 1400000003000200050000000000000000000000\n", [][]byte{append(data[:20:20], done...)}},
		{"1400000012000103050000000000000007000000 0000\n1400000003000200050000000000000000000000\n", [][]byte{append(data[:20:20], 0, 0), done}},
		{"14000000\n\n\n1200\n", [][]byte{{20, 0, 0, 0}, {18, 0}}},
		{`\x14\0\0\0\x12\0\x01\x03\x05\0\0\0\0\0\0\0\a\0\0\0`, [][]byte{data}},
		{`"\24\0\0\0\22\0\1\3" "\5\0\0\0\0\0\0\0\a\0\0\0"`, [][]byte{data}},
		{`b'\x14\x00\x00\x00\x12\x00\x01\x03\x05\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00'`, [][]byte{data}},
		{`"AB\"'\\"`, [][]byte{[]byte("AB\"'\\")}},
		{"[20 0 0 0 18 0 1 3 5 0 0 0 0 0 0 0 7 0 0 0]", [][]byte{data}},
		{"[20, 0, 0, 0, 18, 0, 1, 3, 5, 0, 0, 0,\n 0, 0, 0, 0, 7, 0, 0, 0]", [][]byte{data}},
		{"[]byte{0x14, 0x0, 0x0, 0x0, 0x12, 0x0, 0x1, 0x3, 0x5, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x7, 0x0, 0x0, 0x0}", [][]byte{data}},
		{"0x14, 0x00, 255", [][]byte{{20, 0, 255}}},
		{"00000000  14 00 00 00 12 00 01 03  05 00 00 00 00 00 00 00  |................|\n00000010  07 00 00 00                                       |....|\n00000014\n", [][]byte{data}},
		{"00000000: 1400 0000 1200 0103 0500 0000 0000 0000  ................\n00000010: 0700 0000                                ....\n", [][]byte{data}},
		{" | 00000  14 00 00 00 12 00 01 03  05 00 00 00 00 00 00 00  ................ |\n | 00010  07 00 00 00                                       ....             |\n" +
			" | 00000  14 00 00 00 03 00 02 00  05 00 00 00 00 00 00 00  ................ |\n", [][]byte{data, done[:16]}},
		{"00000000  24 00 00 00 12 00 01 03  00 00 00 00 00 00 00 00\n00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n00000020  00 00 00 00\n", [][]byte{long}},
	} {
		r, err := Open(strings.NewReader(tt.text), Options{Protocol: unix.NETLINK_ROUTE})
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		events, err := readAll(r)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		var got [][]byte
		for _, e := range events {
			got = append(got, e.Data)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}

	// Directions, given and guessed.
	text := "# a remark\n> 14000000\n< 1400\n* 14\n\n1400000012000103050000000000000007000000\n1400000003000200050000000000000000000000\n"
	events, err := readAll(NewHexReader(strings.NewReader(text), unix.NETLINK_GENERIC))
	if err != nil {
		t.Fatal(err)
	}
	want := []*audit.Event{
		event(audit.OpSend, 16, time.Time{}, 20, 0, 0, 0), event(audit.OpReceive, 16, time.Time{}, 20, 0), event(audit.OpReceive, 16, time.Time{}, 20),
		event(audit.OpSend, 16, time.Time{}, data...), event(audit.OpReceive, 16, time.Time{}, done...),
	}
	want[2].Multicast = true
	for i, w := range want {
		if i >= len(events) || !cmp.Equal(*w, events[i]) {
			t.Errorf("event %d: got %+v, want %+v", i, events, *w)
			break
		}
	}

	for _, tt := range []struct{ text, want string }{
		{"", "it holds no bytes"},
		{"14 0", `line 1: column 4: "0" is an odd number of hexadecimal digits (write decimal numbers in brackets)`},
		{"  14 0g", `line 1: column 6: "0" is an odd number of hexadecimal digits (write decimal numbers in brackets)`},
		{"14\n14 zz", `line 2: column 4: 'z' is not a hexadecimal digit`},
		{strings.Repeat("1", 2001), `line 1: column 1: "` + strings.Repeat("1", 40) + `" is an odd number of hexadecimal digits (write decimal numbers in brackets)`},
		{"[1 256]", `line 1: column 4: "256" is not a number from 0 to 255`},
		{`"\x14\q"`, `line 1: column 7: an escape that is not known`},
		{`"\x14`, `line 1: column 1: a quote that does not end`},
		{`"\x14" x`, `line 1: column 8: 'x' is outside the quotes`},
		{"00000000  14 00\n00000010  14 00\n", "line 2: the dump is at offset 0x10, and 0x2 bytes were read"},
		{"00000000  14 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00\n*\n00000020\n", "line 2: the dump leaves lines out; hexdump -v does not"},
	} {
		if _, err := readAll(NewHexReader(strings.NewReader(tt.text), 0)); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}
