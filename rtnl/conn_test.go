package rtnl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

var bg = context.Background()

func TestIntegrationErrors(t *testing.T) {
	c := dial(t, &Config{Name: "sw"})
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: PlainKind("bridge"), Name: "p1"})
	for _, tt := range []struct {
		name string
		req  Request
		want string
		is   []error
	}{
		{"exists", &LinkAdd{Kind: PlainKind("bridge"), Name: "p1"},
			`create link "p1" in "sw": a link with this name or index exists already (EEXIST)`,
			[]error{fs.ErrExist, unix.EEXIST}},
		{"no such link", &LinkDel{Link: LinkName("nothere")},
			`delete link "nothere" in "sw": no such link (ENODEV)`,
			[]error{fs.ErrNotExist, unix.ENODEV}},
		{"unknown kind", &LinkAdd{Kind: PlainKind("nosuch"), Name: "p2"},
			`create link "p2" in "sw": Unknown device type (EOPNOTSUPP)`,
			[]error{ErrNotSupported, errors.ErrUnsupported, unix.EOPNOTSUPP}},
		{"queues", &LinkAdd{Kind: &Veth{}, Name: "p3", LinkAttrs: LinkAttrs{TxQueues: 1 << 20}},
			`create link "p3" in "sw": Invalid number of transmit queues (EINVAL)`, []error{unix.EINVAL}},
		// A payload that is too short violates the kernel's policy, which the
		// kernel reports and points at (Linux 5.10).
		{"policy in a nest", &LinkAdd{Kind: badBridge{}, Name: "p4"},
			`create link "p4" in "sw": Attribute failed policy validation ` +
				`(ERANGE, at IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY, `, []error{unix.ERANGE}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := c.Do(t.Context(), tt.req)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := e.Error(); got != tt.want && !(strings.HasSuffix(tt.want, ", ") && strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			for _, target := range tt.is {
				if !errors.Is(err, target) {
					t.Errorf("%v does not match %v", err, target)
				}
			}
			if errors.Is(err, fs.ErrPermission) {
				t.Errorf("%v matches fs.ErrPermission", err)
			}
		})
	}
}

// badBridge has a 32-bit option of one byte.
type badBridge struct{}

func (badBridge) Kind() string          { return "bridge" }
func (badBridge) EncodeData(e *Encoder) { e.Uint8(unix.IFLA_BR_FORWARD_DELAY, 1) }

// Without the capability in the namespace, every change is refused.
func TestIntegrationPermission(t *testing.T) {
	errs := make(chan error)
	go func() {
		lockThread() // the thread, which loses its capabilities, ends here
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&hdr, &none[0]); err != nil {
			errs <- err
			return
		}
		c, err := Dial(&Config{Name: "ns"})
		if err != nil {
			errs <- err
			return
		}
		defer c.Close()
		errs <- c.Do(bg, &LinkSet{Link: LinkName("lo"), LinkAttrs: LinkAttrs{Change: unix.IFF_UP}})
	}()
	err := <-errs
	want := `set link "lo" in "ns": CAP_NET_ADMIN over this network namespace is needed (EPERM)`
	if !errors.Is(err, fs.ErrPermission) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestEncodeErrors(t *testing.T) {
	c := dial(t, nil)
	for _, tt := range []struct {
		req  Request
		want string
	}{
		{&LinkAdd{Kind: PlainKind("bridge"), Name: strings.Repeat("x", 16)}, "16 bytes, at most 15"},
		{&LinkAdd{Name: "x"}, "no device type"},
		{&LinkAdd{Kind: PlainKind("bridge"), Name: "a\x00b"}, "NUL"},
		{&LinkDel{}, "no link given"},
		{&LinkGet{}, "no link given"},
		{&LinkSet{InGroup: Some(uint32(1)), NewName: "b"}, "neither one link nor a new name"},
		{&LinkSet{InGroup: Some(uint32(1)), Link: LinkName("a")}, "neither one link nor a new name"},
		{&LinkDel{InGroup: Some(uint32(1)), Link: LinkIndex(7)}, "one link cannot be given too"},
		{&LinkSet{InGroup: Some(uint32(1)), LinkAttrs: LinkAttrs{Group: Some(uint32(2))}}, "cannot both select links by their group"},
		{&LinkSet{Link: LinkIndex(1), LinkAttrs: LinkAttrs{Alias: Some(strings.Repeat("x", 256))}}, "alias of 256"},
		{&LinkAdd{Kind: &Veth{Peer: &VethPeer{LinkAttrs: LinkAttrs{Flags: unix.IFF_UP}}}}, "cannot be created up"},
		{&LinkAdd{Kind: &Bridge{AgeingTime: Some(-time.Second)}}, "out of range"},
		{&AltNameAdd{Link: LinkIndex(1)}, "no alternative name"},
		{&AltNameAdd{Link: LinkIndex(1), Names: []string{strings.Repeat("x", 128)}}, "1 to 127"},
		{raw{}, "encodes no message"},
	} {
		err := c.Do(t.Context(), tt.req)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%T: got %v, want ErrInvalid with %q", tt.req, err, tt.want)
		}
		var b Batch
		if err := b.Add(tt.req); !errors.Is(err, ErrInvalid) || b.Len() != 0 {
			t.Errorf("%T in a batch: got %v and %d requests", tt.req, err, b.Len())
		}
	}
}

// raw is a request given as its bytes.
type raw []byte

func (r raw) Encode(e *Encoder) { e.buf = append(e.buf, r...) }

// record keeps copies of what an Observer sees.
type record struct {
	mu   sync.Mutex
	sent [][]byte
	got  [][]byte
	then func(nlspec.Datagram)
}

func (r *record) Observe(d nlspec.Datagram) {
	r.mu.Lock()
	b := append([]byte(nil), d.Data...)
	if d.Direction == nlspec.Sent {
		r.sent = append(r.sent, b)
	} else {
		r.got = append(r.got, b)
	}
	then := r.then
	r.mu.Unlock()
	if then != nil {
		then(d)
	}
}

func TestIntegrationObserver(t *testing.T) {
	var r record
	c := dial(t, &Config{Name: "ns", Observer: &r})
	if _, err := c.Link(t.Context(), LinkName("lo")); err != nil {
		t.Fatal(err)
	}
	if len(r.sent) != 1 || len(r.got) != 1 {
		t.Fatalf("saw %d datagrams sent and %d received, want 1 and 1", len(r.sent), len(r.got))
	}
	if m, _, err := nextMessage(r.sent[0]); err != nil || m.Type != unix.RTM_GETLINK {
		t.Errorf("sent %+v, %v", m, err)
	}
	if m, _, err := nextMessage(r.got[0]); err != nil || m.Type != unix.RTM_NEWLINK || m.PortID != c.PortID() {
		t.Errorf("received %+v, %v", m, err)
	}
}

func TestIntegrationConcurrent(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 4 {
				name := fmt.Sprintf("b%d-%d", g, i)
				if err := c.Do(bg, &LinkAdd{Kind: PlainKind("bridge"), Name: name}); err != nil {
					t.Error(err)
					return
				}
				l, err := c.Link(bg, LinkName(name))
				if err != nil || l.Name != name {
					t.Errorf("got %q, %v, want %q", l.Name, err, name)
				}
				if i%2 == 0 {
					if _, err := c.Links(bg, LinkDump{}); err != nil && !errors.Is(err, ErrDumpInterrupted) {
						t.Error(err)
					}
				}
				if err := c.Do(bg, &LinkDel{Link: LinkIndex(l.Index)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// An abandoned answer stays queued. The next request must not take it for its
// own.
func TestIntegrationStaleAnswer(t *testing.T) {
	c := dial(t, nil)
	do(t, c) // nothing
	c.enc.buf = c.enc.buf[:0]
	if _, err := c.enc.message(&LinkGet{Link: LinkName("lo")}); err != nil {
		t.Fatal(err)
	}
	c.seal(c.enc.buf, c.nextSeq(1), 0)
	if err := c.send(c.enc.buf); err != nil {
		t.Fatal(err)
	}
	err := c.Do(t.Context(), &LinkDel{Link: LinkName("nothere")})
	if !errors.Is(err, unix.ENODEV) {
		t.Errorf("got %v, want ENODEV", err)
	}
}

func TestIntegrationContext(t *testing.T) {
	c := dial(t, nil)
	ctx, cancel := context.WithCancel(bg)
	cancel()
	err := c.Do(ctx, &LinkAdd{Kind: PlainKind("bridge"), Name: "never"})
	if !errors.Is(err, ErrNotSent) || !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), `create link "never": not sent`) {
		t.Errorf("got %v, want ErrNotSent", err)
	}
	if _, err := c.Dump(ctx, &LinkDump{}); !errors.Is(err, context.Canceled) {
		t.Errorf("dump: got %v", err)
	}
	// While another goroutine has the Conn, waiting ends with the context.
	c.sem <- struct{}{}
	ctx, cancel = context.WithTimeout(bg, 10*time.Millisecond)
	defer cancel()
	if err := c.Do(ctx, &LinkDel{Link: LinkName("x")}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	<-c.sem
}

func TestIntegrationClosed(t *testing.T) {
	c := dial(t, nil)
	c.Close()
	if err := c.Do(bg, &LinkDel{Link: LinkName("x")}); !errors.Is(err, ErrNotSent) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want ErrNotSent and os.ErrClosed", err)
	}
	if _, err := c.Links(bg, LinkDump{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a dump on a closed Conn: got %v, want os.ErrClosed", err)
	}
}

func TestIntegrationNetNSByDescriptor(t *testing.T) {
	// The namespace of another thread, which ends with it.
	fds := make(chan int)
	done := make(chan struct{})
	go func() {
		// Locked and never unlocked: the thread ends with the goroutine.
		lockThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			close(fds)
			return
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
			close(fds)
			return
		}
		fds <- fd
		<-done
	}()
	fd, ok := <-fds
	if !ok {
		return
	}
	defer close(done)
	defer unix.Close(fd)
	c := dial(t, &Config{NetNS: NetNSFD(fd), Name: "other"})
	here := dial(t, nil)
	do(t, c, &LinkAdd{Kind: PlainKind("bridge"), Name: "there"})
	if _, err := c.Link(t.Context(), LinkName("there")); err != nil {
		t.Error(err)
	}
	if _, err := here.Link(t.Context(), LinkName("there")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link is here as well: %v", err)
	}
	// The namespace may be descriptor 0.
	stdin, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stdin)
	if err := unix.Dup3(fd, 0, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	zero, err := Dial(&Config{NetNS: NetNSFD(0)})
	if err := unix.Dup3(stdin, 0, 0); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	if _, err := zero.Link(t.Context(), LinkName("there")); err != nil {
		t.Errorf("descriptor 0: %v", err)
	}
	if _, err := Dial(&Config{NetNS: NetNSFD(4711), Name: "gone"}); !errors.Is(err, unix.EBADF) || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("a bad descriptor: got %v", err)
	}
	if _, err := Dial(&Config{NetNS: NetNSPID(1)}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a process: got %v", err)
	}
}
