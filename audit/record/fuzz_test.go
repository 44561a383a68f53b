package record

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/nslab/nslab/audit"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

// read reads a recording to its end or its first mistake, and checks what must
// hold for every event.
func read(t *testing.T, r Reader, size int) {
	var e audit.Event
	n, total := 0, 0
	for {
		err := r.Read(&e)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		if e.Op < audit.OpSocket || e.Op > audit.OpLost || e.Length < len(e.Data) || e.FD < -1 || e.Room < -1 || e.Took < 0 || e.Protocol < 0 {
			t.Errorf("event %d is %+v", n, e)
		}
		if !e.Time.IsZero() && (e.Time.Year() < 1 || e.Time.Location() != time.UTC) {
			t.Errorf("event %d is of %v", n, e.Time)
		}
		n++
		total += len(e.Data)
		if n > size+1 || total > size {
			t.Fatalf("%d events with %d bytes in a recording of %d bytes", n, total, size)
		}
	}
}

// addRecording adds a Writer's recording of an event of each kind.
func addRecording(f *testing.F, name string) {
	var b bytes.Buffer
	w, err := New(name, &b)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range everything() {
		if err := w.Write(&e); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
}

func FuzzPcap(f *testing.F) {
	addRecording(f, "a.pcap")
	f.Add((&bigEndian{}).u32(pcapMagicMicro).u16(2, 4).u32(0, 0, 0, linktypeLinuxSLL2, 1, 2, 21, 21).bytes(0, 16, 0, 0, 0, 0, 0, 1, 3, 56, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8).b)
	f.Fuzz(func(t *testing.T, b []byte) { read(t, NewPcapReader(bytes.NewReader(b)), len(b)) })
}

func FuzzPcapng(f *testing.F) {
	addRecording(f, "a.pcapng")
	f.Add((&bigEndian{}).u32(blockSection, 28, byteOrderMagic).u16(1, 0).u32(0, 0, 28, blockInterface, 20).u16(linktypeNetlink, 0).u32(0, 20).b)
	f.Fuzz(func(t *testing.T, b []byte) { read(t, NewPcapngReader(bytes.NewReader(b)), len(b)) })
}

// straceSeeds are short, because the recordings of testdata/ would make the
// fuzzer slow.
var straceSeeds = []string{
	"7 socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) = 3<NETLINK:[52]>\n" +
		"7 setsockopt(3, SOL_NETLINK, NETLINK_EXT_ACK, [1], 4) = 0\n" +
		"7 sendto(3<NETLINK:[52]>, [{nlmsg_len=20}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=0x1}, 12) = 4 <0.000002>\n" +
		" | 00000  14 00 00 00                                       ....             |\n",
	"[pid 7<ip>] 1796049611.086568 recvmmsg(3<NETLINK:[ROUTE:7]>,  <unfinished ...>\n" +
		"[pid 7<ip>] 1796049611.186568 <... recvmmsg resumed>[{msg_hdr={msg_iov=[{iov_base=\"\", iov_len=64}], msg_flags=MSG_TRUNC}, msg_len=4}], 2, 0, NULL) = 1\n" +
		" = 1 buffers in vector 0\n * 4 bytes in buffer 0\n | 00000  14 00 00 00  .... |\n",
	"     0.000000 close(3<NETLINK:[ROUTE:7]>) = -1 EBADF (Bad file descriptor)\n+++ exited with 0 +++\n",
}

// rtmonSeed is a time and a message.
var rtmonSeed = []byte{24, 0, 0, 0, rtmonStamp, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 18, 0, 0, 0, 16, 0, 2, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0}

func FuzzStrace(f *testing.F) {
	for _, text := range straceSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) { read(t, NewStraceReader(bytes.NewReader(b)), len(b)) })
}

func FuzzRtmon(f *testing.F) {
	f.Add(rtmonSeed)
	f.Fuzz(func(t *testing.T, b []byte) { read(t, NewRtmonReader(bytes.NewReader(b)), len(b)) })
}

func FuzzHex(f *testing.F) {
	for _, text := range []string{
		"14 00 00 00\n\n0x1400", `"\24\0\0\x12"`, "[20 0 0]", "00000000  14 00  |..|\n00000002\n", "00000000: 1400  ..", " * 2 bytes in buffer 0\n | 00000  14 00  ..|",
		"> 14\n< []byte{0x14, 0x0}\n* b'\\x14'",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) { read(t, NewHexReader(bytes.NewReader(b), 0), len(b)) })
}

func FuzzOpen(f *testing.F) {
	f.Add(rtmonSeed)
	f.Add([]byte(straceSeeds[0]))
	f.Add([]byte("14 00 00 00"))
	addRecording(f, "a.jsonl")
	addRecording(f, "a.pcap")
	addRecording(f, "a.pcapng")
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Open(bytes.NewReader(b), Options{})
		if err == nil {
			read(t, r, 2*len(b))
		}
	})
}
