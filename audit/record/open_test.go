package record

import (
	"io"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "it is empty"},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00", "it is compressed: unpack it first (gzip -dc FILE | nslab decode -)"},
		{"GIF89a..", "its format is not recognised; give it with --format: pcap, pcapng, jsonl, strace, rtmon, hex"},
	} {
		if _, err := Open(strings.NewReader(tt.text), Options{}); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
	if _, err := Open(strings.NewReader("x"), Options{Format: "gif"}); err == nil || err.Error() != `format "gif" is not known; it is one of pcap, pcapng, jsonl, strace, rtmon, hex` {
		t.Errorf("format gif: %v", err)
	}
	for text, want := range map[string]Reader{
		`{"format":"nslab events","version":1,"byte_order":"little"}`:                    &jsonReader{},
		"8670  socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = 3":             &straceReader{},
		"[pid  8670] 14:41:06.891916 recvmsg(3<NETLINK:[ROUTE:1907]>,  <unfinished ...>": &straceReader{},
		"execve(\"/usr/sbin/ip\", [\"ip\"], 0x7ffe /* 9 vars */) = 0":                    &straceReader{},
		"\n# a remark\n14000000": &hexReader{},
		"{0x14, 0x00}":           &hexReader{},
		"00000000: 1400 0000 1200 0103 0500 0000 0000 0000  ................": &hexReader{},
	} {
		// The rest may not have been written yet.
		pr, pw := io.Pipe()
		go pw.Write([]byte(text + "\n"))
		r, err := Open(pr, Options{})
		pw.Close()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, want := typeName(r), typeName(want); got != want {
			t.Errorf("%s is taken for %s, want %s", text, got, want)
		}
	}
}
