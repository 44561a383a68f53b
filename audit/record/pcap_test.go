package record

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

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
)

// event returns a datagram as an event.
func event(op audit.Op, protocol int, at time.Time, data ...byte) *audit.Event {
	e := blank()
	e.Op, e.Time, e.Protocol, e.Data, e.Length = op, at, protocol, data, len(data)
	return &e
}

func TestPcapGolden(t *testing.T) {
	testenv.NeedLittleEndian(t)
	var out bytes.Buffer
	p, err := NewPcapWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	failed := event(audit.OpSend, unix.NETLINK_ROUTE, time.Time{}, 1, 2, 3, 4)
	failed.Errno = unix.ENOBUFS
	peek := event(audit.OpReceive, unix.NETLINK_ROUTE, time.Time{}, 1, 2, 3, 4)
	peek.Flags = unix.MSG_PEEK
	cut := event(audit.OpReceive, unix.NETLINK_GENERIC, time.Time{}, 9, 9)
	cut.Length = 16
	for _, e := range []*audit.Event{
		event(audit.OpSend, unix.NETLINK_ROUTE, time.Unix(1, 2), 17, 0, 0, 0, 18, 0, 1, 3, 5, 0, 0, 0, 0, 0, 0, 0, 7),
		failed, peek, event(audit.OpClose, unix.NETLINK_ROUTE, time.Time{}), cut,
	} {
		if err := p.Write(e); err != nil {
			t.Error(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(cut); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	want := strings.Join([]string{
		"4d3cb2a1", "0200", "0400", "00000000", "00000000", "00000400", "fd000000", // file
		"01000000", "02000000", "21000000", "21000000", // record
		"0004", "0338", "00000000000000000000", "0000", // outgoing, ARPHRD_NETLINK, NETLINK_ROUTE
		"11000000", "1200", "0103", "05000000", "00000000", "07",
		"00000000", "00000000", "12000000", "20000000",
		"0000", "0338", "00000000000000000000", "0010", "0909",
	}, "")
	if got := hex.EncodeToString(out.Bytes()); got != want {
		t.Errorf("file\n got %s\nwant %s", got, want)
	}
}

func TestPcapSnapLen(t *testing.T) {
	for _, tt := range []struct{ n, kept int }{
		{pcapSnapLen - 16, pcapSnapLen - 16}, {pcapSnapLen - 15, pcapSnapLen - 16}, {1 << 20, pcapSnapLen - 16}, {0, 0},
	} {
		b := appendRecord(nil, event(audit.OpSend, 0, time.Time{}, make([]byte, tt.n)...))
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

// TestWriters checks what all Writers promise: the first error stays, and
// several goroutines may write.
func TestWriters(t *testing.T) {
	full := errors.New("full")
	for _, name := range []string{"a.pcap", "a.pcapng", "a.jsonl"} {
		if w, err := New(name, &failAfter{err: full}); !errors.Is(err, full) || w != nil {
			t.Errorf("%s: a header that cannot be written: %v, %v", name, w, err)
		}
		to := &failAfter{n: 3, err: full}
		w, err := New(name, to)
		if err != nil {
			t.Fatal(err)
		}
		o := Observer{W: w}
		for range 5 {
			o.Observe(nlspec.Datagram{Direction: nlspec.Sent, Data: []byte{1, 2, 3, 4}})
		}
		if err := w.Close(); !errors.Is(err, full) || to.n != 0 {
			t.Errorf("%s: Close hides the error: %v", name, err)
		}
		if _, err := Create(filepath.Join(t.TempDir(), "no", name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s in no directory: %v", name, err)
		}
	}
}

// TestConcurrent lets several sockets use one Writer, and reads what it wrote.
func TestConcurrent(t *testing.T) {
	for _, name := range []string{"a.pcap", "a.pcapng", "a.jsonl"} {
		file := filepath.Join(t.TempDir(), name)
		w, err := Create(file)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 8 {
			o := &Observer{W: w, Process: audit.Process{PID: i}}
			d := nlspec.Datagram{Time: time.Unix(1, 0), Direction: nlspec.Sent, PortID: uint32(i), Data: bytes.Repeat([]byte{byte(i)}, 16+i)}
			wg.Go(func() {
				for range 50 {
					o.Observe(d)
				}
			})
		}
		wg.Wait()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		seen := map[byte]int{}
		for _, e := range readFile(t, file, Options{}) {
			if i := e.Data[0]; len(e.Data) == 16+int(i) && (name == "a.pcap" || e.PID == int(i) && e.PortID == uint32(i)) {
				seen[i]++
			}
		}
		for i := range byte(8) {
			if seen[i] != 50 {
				t.Errorf("%s: %d records of socket %d, want 50", name, seen[i], i)
			}
		}
	}
}

// readFile reads a recording that must have no mistakes.
func readFile(t testing.TB, name string, o Options) []audit.Event {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Open(f, o)
	if err != nil {
		t.Fatal(err)
	}
	events, err := readAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return events
}
