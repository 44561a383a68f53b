package audit

import (
	"encoding/hex"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// maxHex is the number of bytes of an opaque value that a line shows.
const maxHex = 64

// appendValue appends data as a value of a kind: numbers with their names, text
// in quotes, addresses, hexadecimal.
func appendValue(b []byte, kind nlspec.Kind, values *nlspec.Values, data []byte) []byte {
	switch kind {
	case nlspec.String:
		return appendQuoted(b, data)
	case nlspec.SunPath:
		return appendQuoted(b, sunPath(data))
	case nlspec.IP, nlspec.IP6:
		if addr, ok := netip.AddrFromSlice(data); ok {
			return addr.AppendTo(b)
		}
		return appendHex(b, data)
	case nlspec.LLAddr:
		return appendLLAddr(b, data)
	}
	if n, ok := kind.Number(data); ok {
		return appendNumber(b, kind, values, n, len(data))
	}
	return appendHex(b, data)
}

// appendNumber appends a number that was read from size bytes, by its names if
// it has any.
func appendNumber(b []byte, kind nlspec.Kind, values *nlspec.Values, n uint64, size int) []byte {
	switch {
	case kind == nlspec.MPLSLabel:
		return appendMPLSLabel(b, uint32(n))
	case values == nil:
	case values.Bits && n != 0 && n == 1<<(8*size)-1 && !kind.Signed():
		if count, _ := values.Each(n, nil); count > 1 {
			return strconv.AppendUint(append(b, "0x"...), n, 16) // all bits, as in a notification's ifi_change
		}
		fallthrough
	default:
		if named, count := appendNames(b, values, n); count > 0 {
			return named
		}
	}
	switch {
	case kind == nlspec.TCHandle && n != 0:
		return appendHandle(b, uint32(n))
	case kind.Signed():
		return strconv.AppendInt(b, int64(n), 10)
	}
	return strconv.AppendUint(b, n, 10)
}

// appendQuoted appends text up to its first NUL in quotes. What is not
// printable is escaped as in Go.
func appendQuoted(b, text []byte) []byte {
	for i, c := range text {
		if c == 0 {
			text = text[:i]
			break
		}
	}
	start := len(b)
	b = append(b, '"')
	for _, c := range text {
		if c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return strconv.AppendQuote(b[:start], string(text))
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// appendErrno appends a negative errno by name and number: "EEXIST(-17)".
func appendErrno(b []byte, code int32) []byte {
	if code < 0 {
		if name := ErrnoName(unix.Errno(-int64(code))); name[0] == 'E' {
			b = strconv.AppendInt(append(append(b, name...), '('), int64(code), 10)
			return append(b, ')')
		}
	}
	return strconv.AppendInt(b, int64(code), 10)
}

// appendMPLSLabel appends an entry of a label stack (RFC 3032, 2.1): the label,
// then its traffic class, its bottom of stack bit and its TTL, unless these are
// zero.
func appendMPLSLabel(b []byte, entry uint32) []byte {
	b = strconv.AppendUint(b, uint64(entry>>12), 10)
	if tc := entry >> 9 & 7; tc != 0 {
		b = strconv.AppendUint(append(b, ",tc="...), uint64(tc), 10)
	}
	if entry>>8&1 != 0 {
		b = append(b, ",S"...)
	}
	if ttl := entry & 0xff; ttl != 0 {
		b = strconv.AppendUint(append(b, ",ttl="...), uint64(ttl), 10)
	}
	return b
}

// appendNames appends the names of n joined by |, then the bits without a name.
// It returns the number of names.
func appendNames(b []byte, values *nlspec.Values, n uint64) (_ []byte, count int) {
	start := len(b)
	count, rest := values.Each(n, func(name string) {
		if len(b) > start {
			b = append(b, '|')
		}
		b = append(b, values.Short(name)...)
	})
	if rest != 0 {
		if len(b) > start {
			b = append(b, '|')
		}
		b = strconv.AppendUint(append(b, "0x"...), rest, 16)
	}
	return b, count
}

// appendHandle appends a traffic control handle as tc(8) does: both numbers in
// hexadecimal, leaving out one that is 0.
func appendHandle(b []byte, h uint32) []byte {
	if major := h >> 16; major != 0 {
		b = strconv.AppendUint(b, uint64(major), 16)
	}
	b = append(b, ':')
	if minor := h & 0xffff; minor != 0 {
		b = strconv.AppendUint(b, uint64(minor), 16)
	}
	return b
}

// appendLLAddr appends a link-layer address of any length, as ip(8) does.
func appendLLAddr(b, a []byte) []byte {
	if len(a) == 0 {
		return append(b, `""`...)
	}
	for i, c := range a[:min(len(a), maxHex)] {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return appendMore(b, len(a))
}

const hexDigits = "0123456789abcdef"

// appendHex appends bytes in hexadecimal, if nothing more is known of them.
func appendHex(b, data []byte) []byte {
	b = append(b, "0x"...)
	b = hex.AppendEncode(b, data[:min(len(data), maxHex)])
	return appendMore(b, len(data))
}

func appendMore(b []byte, n int) []byte {
	if n > maxHex {
		b = strconv.AppendInt(append(b, "...("...), int64(n), 10)
		b = append(b, " bytes)"...)
	}
	return b
}

// allZero reports whether b holds nothing but zeros.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
