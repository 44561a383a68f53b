package ping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Defaults and limits. Where iputils' ping has one, it is the same
// (ping/ping.h).
const (
	// DefaultSize is the number of payload bytes of a request.
	DefaultSize = 56
	// MaxSize is the largest payload that Open accepts. The kernel decides what
	// fits into one packet: up to 65507 bytes over IPv4 and 65527 over IPv6. A
	// larger request is reported as a LocalError with EMSGSIZE.
	MaxSize = 65535
	// DefaultInterval is the time between two requests.
	DefaultInterval = time.Second
	// MinUserInterval is the shortest interval for a user other than root.
	MinUserInterval = 2 * time.Millisecond
	// DefaultTimeout is how long to wait for a first reply after the last
	// request.
	DefaultTimeout = 10 * time.Second
	// None, in a field of Options whose zero value means a default, means none
	// at all: no payload, no pause, no timeout.
	None = -1

	// timestampLen is sizeof(struct timeval) on 64-bit machines. A smaller
	// payload holds no timestamp, so its replies have no time.
	timestampLen = 16
	// minGap is how long a request without a reply delays the next one if there
	// is no interval, and how soon a refused send is tried again.
	minGap = 10 * time.Millisecond
	// maxSeconds bounds times given in seconds: INT_MAX milliseconds.
	maxSeconds = math.MaxInt32 / 1000
)

// A Family restricts which addresses of a name are used.
type Family int

// The families. The zero value takes the addresses that the name resolves to,
// in that order.
const (
	FamilyAny Family = iota
	IPv4
	IPv6
)

func (f Family) String() string {
	switch f {
	case FamilyAny:
		return "any family"
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return fmt.Sprintf("Family(%d)", int(f))
}

// Options say what to ping and how. Only Dest is required.
type Options struct {
	// Dest is an IPv4 address (also in the short forms of inet_aton(3)), an
	// IPv6 address, with %ZONE if it needs one, or a name.
	Dest string
	// Family restricts Dest. The zero value takes either.
	Family Family

	// Count is the number of requests; 0 means until the context ends.
	Count int
	// Interval is the time between requests, in whole milliseconds; 0 means
	// DefaultInterval. None sends a request as soon as the one before is
	// answered, and at least every 10 ms. Only root may go below
	// MinUserInterval.
	Interval time.Duration
	// Timeout is how long Run waits after the last request if there was no
	// reply at all; 0 means DefaultTimeout, None means no limit. After a reply,
	// the wait is twice the longest round trip, or Interval if that is longer.
	Timeout time.Duration
	// Deadline ends Run after this time, whatever was sent or received.
	// Requests go on until Count replies have arrived or a first error. 0 means
	// no deadline.
	Deadline time.Duration
	// Adaptive makes the interval follow the round-trip time after the first
	// reply, so that about one request is on its way.
	Adaptive bool
	// Flood sends without a pause if no Interval is given, as None does. It
	// makes Run print a dot for each request and remove it for each reply.
	Flood bool
	// Size is the payload in bytes, from 1 to MaxSize; 0 means DefaultSize,
	// None an empty one. The round-trip time needs 16 bytes.
	Size int
	// Pattern, at most 16 bytes, is repeated to fill payloads. If it is empty,
	// each byte holds its own offset. The first 16 bytes of a payload are the
	// timestamp.
	Pattern []byte

	// TTL is the time to live, or hop limit, from 1 to 255; 0 means the
	// kernel's default. None means a hop limit of 0, which IPv4 refuses.
	TTL int
	// TOS is the type of service, or traffic class, of requests, 0 to 255.
	TOS int
	// Discovery says what the kernel does with a request that exceeds the MTU.
	Discovery Discovery
	// Broadcast allows pinging an IPv4 broadcast address.
	Broadcast bool
	// SendBuffer is the size of the socket's send buffer in bytes (SO_SNDBUF);
	// 0 means the kernel's default.
	SendBuffer int

	// Interface binds the socket to a device (SO_BINDTODEVICE, socket(7)).
	Interface string
	// Source is the source address; the zero value leaves the choice to the
	// kernel.
	Source netip.Addr

	// Numeric suppresses looking up names for the addresses that Run prints. If
	// Dest is an address, no name is ever looked up.
	Numeric bool
	// Quiet makes Run print only the first line and the statistics.
	Quiet bool
	// Timestamps makes Run print the time, in seconds since 1970, before each
	// line about a reply or an error.
	Timestamps bool
	// Outstanding reports each request that has no reply when the next one is
	// sent.
	Outstanding bool
	// Ask, unless nil, makes each value that it delivers a SoFar event; Run
	// then writes the statistics so far to ErrOut, as ping(8) does at SIGQUIT.
	Ask <-chan os.Signal
	// ErrOut receives what iputils writes to standard error while it runs. Each
	// line starts with "ping: ", except those of Ask. Nil discards it. Only Run
	// uses it.
	ErrOut io.Writer

	// Hosts is text in the format of hosts(5), searched before HostsFiles.
	Hosts []byte
	// HostsFiles are files in the format of hosts(5), searched in order before
	// the system's resolver. Missing files are skipped.
	HostsFiles []string
	// NameServers are the name servers to ask, instead of those in ResolvFile.
	// Only the first three count.
	NameServers []netip.Addr
	// ResolvFile is a file in the format of resolv.conf(5). Its first three
	// name servers are asked, one after the other. Its other lines are ignored,
	// and names are looked up as they are. If it does not exist, or is "", the
	// machine's own resolv.conf is used.
	ResolvFile string
	// In runs a function on a thread inside the wanted network namespace and
	// returns its error. Nil means the namespace of the calling thread. Several
	// goroutines may call it.
	In func(func() error) error
}

func (o Options) in(fn func() error) error {
	if o.In == nil {
		return fn()
	}
	return o.In(fn)
}

func (o Options) size() int {
	switch {
	case o.Size == 0:
		return DefaultSize
	case o.Size < 0:
		return 0
	}
	return o.Size
}

func (o Options) interval() time.Duration {
	switch {
	case o.Interval == 0 && o.Flood:
		return 0
	case o.Interval == 0:
		return DefaultInterval
	case o.Interval < 0:
		return 0
	}
	return o.Interval.Truncate(time.Millisecond)
}

// linger is how long to wait for a first reply; negative means without limit.
func (o Options) linger() time.Duration {
	if o.Timeout == 0 {
		return DefaultTimeout
	}
	return o.Timeout
}

// ErrInvalid is matched by errors about a value in Options.
var ErrInvalid = errors.New("invalid option")

func invalid(format string, args ...any) error {
	return &optionError{fmt.Sprintf(format, args...)}
}

type optionError struct{ text string }

func (e *optionError) Error() string        { return e.text }
func (e *optionError) Is(target error) bool { return target == ErrInvalid }

func (o Options) validate() error {
	switch {
	case o.Dest == "":
		return invalid("no destination: give an address or a name")
	case o.Family < FamilyAny || o.Family > IPv6:
		return invalid("family %d: want FamilyAny, IPv4 or IPv6", int(o.Family))
	case o.Count < 0:
		return invalid("count %d: want 1 or more, or 0 for no limit", o.Count)
	case o.Size < None || o.Size > MaxSize:
		return invalid("payload of %d bytes: want 0 to %d", o.Size, MaxSize)
	case o.Interval > maxSeconds*time.Second:
		return invalid("interval %v: want at most %d seconds", o.Interval, maxSeconds)
	case o.Interval > 0 && o.Interval < time.Millisecond:
		return invalid("interval %v: want at least 1ms, or none", o.Interval)
	case o.Interval < 0 && o.Interval != None:
		return invalid("interval %v: want 0 or more", o.Interval)
	case o.interval() < MinUserInterval && os.Getuid() != 0:
		return invalid("cannot flood; minimal interval allowed for user is %dms", MinUserInterval.Milliseconds())
	case o.Timeout > maxSeconds*time.Second:
		return invalid("timeout %v: want at most %d seconds", o.Timeout, maxSeconds)
	case o.Timeout < 0 && o.Timeout != None:
		return invalid("timeout %v: want 0 or more", o.Timeout)
	case o.Deadline < 0:
		return invalid("deadline %v: want 0 or more", o.Deadline)
	case len(o.Pattern) > maxPattern:
		return invalid("pattern of %d bytes: want at most %d", len(o.Pattern), maxPattern)
	case o.TTL < None || o.TTL > 255:
		return invalid("TTL %d: want 0 to 255", o.TTL)
	case o.TOS < 0 || o.TOS > 255:
		return invalid("the decimal value of TOS bits must be in range 0-255: %d", o.TOS)
	case o.Discovery < DiscoveryDefault || o.Discovery > DiscoveryDont:
		return invalid("%v: want DiscoveryDo, DiscoveryWant or DiscoveryDont", o.Discovery)
	case o.SendBuffer < 0 || o.SendBuffer > math.MaxInt32:
		return invalid("send buffer of %d bytes: want at most %d", o.SendBuffer, math.MaxInt32)
	}
	if n := len(o.Interface); n >= unix.IFNAMSIZ {
		// SO_BINDTODEVICE would cut the name and bind to another device.
		return fmt.Errorf("unknown iface: %s: longer than %d bytes: %w", o.Interface, unix.IFNAMSIZ-1, errno(unix.ENODEV))
	}
	if strings.ContainsRune(o.Interface, 0) {
		return invalid("interface %q: the name contains a NUL byte", o.Interface)
	}
	return nil
}

// sourceFamily narrows the family to that of the source address. A name with
// addresses of both families then resolves to one that can be reached from
// there.
func (o Options) sourceFamily() (Family, error) {
	f := FamilyAny
	switch {
	case !o.Source.IsValid():
		return o.Family, nil
	case o.Source.Unmap().Is4():
		f = IPv4
	default:
		f = IPv6
	}
	if o.Family != FamilyAny && o.Family != f {
		return 0, invalid("source address %v is not %v", o.Source, o.Family)
	}
	return f, nil
}

// Run pings as ping(8) of iputils does and writes its lines to out. It ends
// after Options.Count requests, or when the context ends, which is not an
// error; it prints the statistics either way. An error means that nothing was
// sent, or that the socket or out failed. ExitStatus turns the results into
// ping's exit status.
func Run(ctx context.Context, o Options, out io.Writer) (Statistics, error) {
	p, err := Open(ctx, o)
	if err != nil {
		return Statistics{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &printer{ctx: ctx, p: p, out: out, fail: stop}
	if p.notice != "" && o.ErrOut != nil {
		// As in complain: if writing fails, there is nowhere left to report it.
		_, _ = fmt.Fprintln(o.ErrOut, p.notice)
	}
	for _, w := range p.warnings {
		t.complain(w)
	}
	if o.Flood {
		p.onSent = t.sent
	}
	t.header()
	s, err := p.Run(ctx, t.event)
	if cerr := p.Close(); err == nil {
		err = cerr
	}
	if t.err == nil && err == nil {
		t.statistics(s)
	}
	if t.err != nil {
		err = fmt.Errorf("write: %w", t.err)
	}
	return s, err
}

// ExitStatus returns ping's exit status for the results of a Run with these
// options: 2 for an error, 1 if there was no reply, or fewer than Count before
// Deadline, and otherwise 0.
func ExitStatus(o Options, s Statistics, err error) int {
	switch {
	case err != nil:
		return 2
	case s.Received == 0, o.Deadline > 0 && s.Received < o.Count:
		return 1
	}
	return 0
}
