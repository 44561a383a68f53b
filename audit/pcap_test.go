package audit

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

func TestPcapGolden(t *testing.T) {
	if u32(1)[0] == 0 {
		t.Skip("the golden bytes are of a little-endian host")
	}
	var out bytes.Buffer
	p, err := NewPcapWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	d := sent(msg(unix.RTM_GETLINK, 0x301, 5, []byte{7}))
	d.Time = time.Unix(1, 2)
	p.Observe(d)
	d = received(msg(unix.NLMSG_DONE, 2, 5))
	d.Protocol = unix.NETLINK_GENERIC
	p.Observe(d) // with the zero time
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.Observe(d) // dropped
	want := strings.Join([]string{
		"4d3cb2a1", "0200", "0400", "00000000", "00000000", "00000400", "fd000000", // file
		"01000000", "02000000", "21000000", "21000000", // record
		"0004", "0338", "00000000000000000000", "0000", // outgoing, ARPHRD_NETLINK, NETLINK_ROUTE
		"11000000", "1200", "0103", "05000000", "00000000", "07",
		"00000000", "00000000", "20000000", "20000000",
		"0000", "0338", "00000000000000000000", "0010",
		"10000000", "0300", "0200", "05000000", "00000000",
	}, "")
	if got := hex.EncodeToString(out.Bytes()); got != want {
		t.Errorf("file\n got %s\nwant %s", got, want)
	}
}

func TestPcapSnapLen(t *testing.T) {
	for _, tt := range []struct{ n, kept int }{
		{pcapSnapLen - 16, pcapSnapLen - 16}, {pcapSnapLen - 15, pcapSnapLen - 16}, {1 << 20, pcapSnapLen - 16}, {0, 0},
	} {
		b := appendRecord(nil, sent(make([]byte, tt.n)))
		incl, orig := binary.NativeEndian.Uint32(b[8:]), binary.NativeEndian.Uint32(b[12:])
		if int(incl) != 16+tt.kept || int(orig) != 16+tt.n || len(b) != 16+int(incl) {
			t.Errorf("%d bytes: record of %d bytes, incl_len %d, orig_len %d", tt.n, len(b), incl, orig)
		}
	}
}

func TestPcapTimestamp(t *testing.T) {
	for _, tt := range []struct {
		t         time.Time
		sec, nsec uint32
	}{
		{time.Time{}, 0, 0}, {time.Unix(-1, 5), 0, 0}, {time.Unix(0, 999999999), 0, 999999999},
		{time.Unix(1<<32-1, 1), 1<<32 - 1, 1}, {time.Unix(1<<32, 1), 0, 0},
	} {
		if sec, nsec := timestamp(tt.t); sec != tt.sec || nsec != tt.nsec {
			t.Errorf("%v is %d.%09d, want %d.%09d", tt.t, sec, nsec, tt.sec, tt.nsec)
		}
	}
}

func TestPcapErrors(t *testing.T) {
	if _, err := NewPcapWriter(&failAfter{n: 1}); !errors.Is(err, errFull) {
		t.Errorf("a header that cannot be written: %v", err)
	}
	w := &failAfter{n: 3}
	p, err := NewPcapWriter(w)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.Observe(sent(msg(unix.NLMSG_NOOP, 0, 1)))
	}
	if err := p.Err(); !errors.Is(err, errFull) || w.calls != 3 {
		t.Errorf("error %v after %d calls, want the one of call 3", err, w.calls)
	}
	if err := p.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close hides the error: %v", err)
	}
	if _, err := CreatePcap(filepath.Join(t.TempDir(), "no", "such")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file in no directory: %v", err)
	}
}

// TestPcapConcurrent has several sockets use one PcapWriter, and walks through the records.
func TestPcapConcurrent(t *testing.T) {
	var out bytes.Buffer
	p, err := NewPcapWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		data := msg(unix.RTM_NEWLINK, 5, uint32(i), ifinfo(), make([]byte, 4*i))
		wg.Go(func() {
			for range 50 {
				p.Observe(sent(data))
			}
		})
	}
	wg.Wait()
	seen := map[uint32]int{}
	for rest := out.Bytes()[pcapFileHeader:]; len(rest) > 0; {
		n := binary.NativeEndian.Uint32(rest[8:])
		packet := rest[pcapRecord+cookedHeader:][:n-cookedHeader]
		h, _ := nlspec.ParseHeader(packet)
		if h.Len != uint32(len(packet)) {
			t.Fatalf("a packet of %d bytes holds a message of %d", len(packet), h.Len)
		}
		seen[h.Seq]++
		rest = rest[pcapRecord+n:]
	}
	for i := range uint32(8) {
		if seen[i] != 50 {
			t.Errorf("%d records of socket %d, want 50", seen[i], i)
		}
	}
}
