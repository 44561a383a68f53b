package ping

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxPattern is the largest number of bytes of ping's -p.
const maxPattern = 16

// A Discovery is a mode of path MTU discovery (IP_MTU_DISCOVER in ip(7)).
type Discovery int

// The modes. The zero value is the kernel's default for the socket, or
// DiscoveryDo if several hosts may answer.
const (
	DiscoveryDefault Discovery = iota
	// DiscoveryDo forbids fragments: a request that exceeds the MTU is an
	// error.
	DiscoveryDo
	// DiscoveryWant lets this machine fragment a request that exceeds the MTU.
	DiscoveryWant
	// DiscoveryDont allows fragmenting everywhere: the DF flag is not set.
	DiscoveryDont
)

// discoveries has the words of ping's -M and the values of the socket option,
// which are the same for both families.
var discoveries = [...]struct {
	word  string
	value int
}{
	DiscoveryDefault: {"", 0},
	DiscoveryDo:      {"do", unix.IP_PMTUDISC_DO},
	DiscoveryWant:    {"want", unix.IP_PMTUDISC_WANT},
	DiscoveryDont:    {"dont", unix.IP_PMTUDISC_DONT},
}

// String returns the word of ping's -M, "" for DiscoveryDefault.
func (d Discovery) String() string {
	if d >= 0 && int(d) < len(discoveries) {
		return discoveries[d].word
	}
	return "Discovery(" + strconv.Itoa(int(d)) + ")"
}

// ParseDiscovery reads the argument of ping's -M.
func ParseDiscovery(arg string) (Discovery, error) {
	for d := DiscoveryDo; d <= DiscoveryDont; d++ {
		if arg == d.String() {
			return d, nil
		}
	}
	return 0, invalid("invalid -M argument: %s: want do, want or dont", arg)
}

// ParseCount reads the argument of ping's -c, for Options.Count.
func ParseCount(arg string) (int, error) { return parseInt(arg, 1, math.MaxInt) }

// ParseDeadline reads the argument of ping's -w, whole seconds, for
// Options.Deadline.
func ParseDeadline(arg string) (time.Duration, error) {
	n, err := parseInt(arg, 0, math.MaxInt32)
	return time.Duration(n) * time.Second, err
}

// ParseTTL reads the argument of ping's -t, for Options.TTL: 0 becomes None.
func ParseTTL(arg string) (int, error) {
	n, err := parseInt(arg, 0, 255)
	if err == nil && n == 0 {
		return None, nil
	}
	return n, err
}

// ParseTOS reads the argument of ping's -Q, decimal or, after 0x, hexadecimal.
func ParseTOS(arg string) (int, error) {
	digits, base := arg, 10
	if len(arg) > 2 && strings.EqualFold(arg[:2], "0x") {
		digits, base = arg[2:], 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return 0, invalid("bad TOS value: %s", arg)
	}
	if n > 255 {
		return 0, invalid("the decimal value of TOS bits must be in range 0-255: %d", n)
	}
	return int(n), nil
}

// ParseSendBuffer reads the argument of ping's -S, bytes, for
// Options.SendBuffer.
func ParseSendBuffer(arg string) (int, error) { return parseInt(arg, 1, math.MaxInt32) }

// ParsePattern reads the argument of ping's -p: hexadecimal digits, two for
// each byte, or one for the last byte if their number is odd. It ignores what
// exceeds 16 bytes.
func ParsePattern(arg string) ([]byte, error) {
	if strings.Trim(arg, "0123456789abcdefABCDEF") != "" || arg == "" {
		return nil, invalid("patterns must be specified as hex digits: %s", arg)
	}
	var b []byte
	for rest := arg; rest != "" && len(b) < maxPattern; {
		n := min(2, len(rest))
		v, err := strconv.ParseUint(rest[:n], 16, 8)
		if err != nil {
			return nil, invalid("patterns must be specified as hex digits: %s", arg)
		}
		b, rest = append(b, byte(v)), rest[n:]
	}
	return b, nil
}

func parseInt(arg string, least, most int) (int, error) {
	n, err := strconv.Atoi(arg)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, invalid("invalid argument: '%s': want a number", arg)
	case err != nil || n < least || n > most:
		return 0, invalid("invalid argument: '%s': out of range: %d <= value <= %d", arg, least, most)
	}
	return n, nil
}

// ParseInterface splits the argument of ping's -I. An address is a source; an
// IPv6 address may be followed by % and a device. Anything else is a device.
func ParseInterface(arg string) (device string, source netip.Addr, err error) {
	if strings.Contains(arg, ":") {
		source, err = netip.ParseAddr(arg)
		if err != nil {
			return "", netip.Addr{}, invalid("invalid source address: %s", arg)
		}
		return source.Zone(), source.WithZone("").Unmap(), nil
	}
	if a, err := netip.ParseAddr(arg); err == nil {
		return "", a, nil
	}
	if arg == "" {
		return "", netip.Addr{}, invalid("empty argument: give a device or an address")
	}
	return arg, netip.Addr{}, nil
}

// ParseInterval reads the argument of ping's -i, seconds as a decimal number,
// for Options.Interval: 0 becomes None.
func ParseInterval(arg string) (time.Duration, error) {
	return parseSeconds(arg, "bad timing interval")
}

// ParseTimeout reads the argument of ping's -W, seconds as a decimal number,
// for Options.Timeout: 0 becomes None.
func ParseTimeout(arg string) (time.Duration, error) { return parseSeconds(arg, "bad linger time") }

// ParseSize reads the argument of ping's -s, bytes as a decimal number, for
// Options.Size: 0 becomes None.
func ParseSize(arg string) (int, error) {
	n, err := parseInt(arg, 0, MaxSize)
	if err == nil && n == 0 {
		return None, nil
	}
	return n, err
}

func parseSeconds(arg, what string) (time.Duration, error) {
	f, err := strconv.ParseFloat(arg, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > maxSeconds {
		return 0, invalid("%s: %s: want seconds, 0 to %d", what, arg, maxSeconds)
	}
	d := time.Duration(f * float64(time.Second)).Truncate(time.Millisecond)
	if d == 0 {
		return None, nil
	}
	return d, nil
}
