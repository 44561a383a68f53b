package iproute

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// words are the words of a command line, read one after the other. The first
// error sticks: after it there are no more words, so a parser needs to check
// err only at its end.
type words struct {
	all []string
	i   int // index of the next word
	at  int // position of all[0] in the command line
	err error
	// status is the exit status of a wrong word. 0 means statusUsage.
	status int
	// loose says that the words are read as iproute2 reads them: see read.
	loose bool
	// doubtful is a word that was taken as a link's name but that iproute2
	// takes as a keyword, "" if there is none.
	doubtful string
	warnings []string
}

// warn adds a warning, which is printed before the command is carried out.
func (w *words) warn(format string, args ...any) {
	w.warnings = append(w.warnings, fmt.Sprintf(format, args...))
}

// more reports whether there is another word.
func (w *words) more() bool { return w.err == nil && w.i < len(w.all) }

// next takes the next word, "" if there is none.
func (w *words) next() string {
	if !w.more() {
		return ""
	}
	w.i++
	return w.all[w.i-1]
}

// peek returns the next word without taking it.
func (w *words) peek() string {
	if !w.more() {
		return ""
	}
	return w.all[w.i]
}

// back returns the last word.
func (w *words) back() {
	if w.err == nil && w.i > 0 {
		w.i--
	}
}

// is takes the next word if it is one of some.
func (w *words) is(some ...string) bool {
	if !w.more() {
		return false
	}
	for _, s := range some {
		if w.all[w.i] == s {
			w.i++
			return true
		}
	}
	return false
}

// need takes the next word, which must be there.
func (w *words) need(want string) string {
	if w.err == nil && w.i >= len(w.all) {
		w.err = &WordError{Missing: true, Position: w.at + w.i, Want: want, status: w.status}
	}
	return w.next()
}

// rest takes all words that are left.
func (w *words) rest() []string {
	if w.err != nil {
		return nil
	}
	r := w.all[w.i:]
	w.i = len(w.all)
	return r
}

// bad says that the last word taken is not what was expected.
func (w *words) bad(format string, args ...any) {
	if w.err == nil {
		w.err = &WordError{Word: w.all[w.i-1], Position: w.at + w.i - 1, Want: fmt.Sprintf(format, args...), status: w.status}
	}
}

// fail says that the words do not go together.
func (w *words) fail(format string, args ...any) { w.failWith(statusUsage, format, args...) }

// failWith does what fail does, with another exit status.
func (w *words) failWith(status int, format string, args ...any) {
	if w.err == nil {
		w.err = &Error{Status: status, Err: fmt.Errorf(format, args...)}
	}
}

// extra ignores the remaining words, as iproute2 does. When reading in full, it
// does nothing, and they are an error.
func (w *words) extra() {
	for w.loose && w.more() {
		w.next()
		w.ignored()
	}
}

// end returns the first error. Remaining words are an error.
func (w *words) end() error {
	if w.more() {
		w.next()
		w.bad("the end of the command")
	}
	return w.err
}

// number takes a number from lo to hi: decimal, hexadecimal after 0x, or octal
// after 0, as in strtoul(3).
func (w *words) number(what string, lo, hi uint64) uint64 {
	s := w.need(what)
	if w.err != nil {
		return 0
	}
	v, err := parseUint(s)
	if w.loose {
		v, err = strtoul(s)
	}
	if err != nil || v < lo || v > hi {
		w.bad("%s, a number from %d to %d", what, lo, hi)
		return 0
	}
	return v
}

// int takes a number from lo to the largest C int. iproute2 accepts negative
// numbers, which the kernel reads as large unsigned ones. The kernel refuses
// what is below lo.
func (w *words) int(what string, lo uint64) uint32 {
	if !w.loose {
		return uint32(w.number(what, lo, math.MaxInt32))
	}
	s := w.need(what)
	if w.err != nil {
		return 0
	}
	n, err := strtol(s)
	v := uint64(n)
	switch {
	case err != nil || n < math.MinInt32 || n > math.MaxInt32:
		w.bad("%s, a number from %d to %d", what, lo, math.MaxInt32)
	case n >= 0 && v < lo:
		w.status = statusKernel
		w.bad("%s, a number from %d to %d", what, lo, math.MaxInt32)
	case n < 0:
		w.warn("word %d, %q: the kernel reads it as %d", w.at+w.i-1, s, uint32(n))
	}
	return uint32(v)
}

// atoi takes a decimal number from lo to hi. iproute2 accepts anything after
// the digits, and no digits at all as 0 (atoi(3)).
func (w *words) atoi(what string, lo, hi int64) int64 {
	s := w.need(what)
	if w.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if loose := atoi(s); w.loose && (err != nil || n != loose) {
		n, err = loose, nil
		w.warn("word %d, %q: is read as %d", w.at+w.i-1, s, n)
	}
	if err != nil || n < lo || n > hi {
		w.bad("%s, a decimal number from %d to %d", what, lo, hi)
		return 0
	}
	return n
}

// atoi is atoi(3). As in glibc, a number that is too large loses its upper
// bits.
func atoi(s string) int64 {
	s = strings.TrimLeft(s, cSpace)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64) // the nearest number if it is out of range
	if errors.Is(err, strconv.ErrSyntax) {
		return 0
	}
	return int64(int32(n))
}

// cSpace is the white space of isspace(3).
const cSpace = " \t\n\v\f\r"

// strtoul does what parseUint does, and like strtoul(3) also accepts white
// space and a sign.
func strtoul(s string) (uint64, error) {
	s = strings.TrimLeft(s, cSpace)
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if len(s)-len(digits) > 1 {
		return 0, strconv.ErrSyntax
	}
	v, err := parseUint(digits)
	if err == nil && s != digits && s[0] == '-' {
		v = -v
	}
	return v, err
}

// strtol does what strtoul does for a signed number. A number that does not fit
// into an int64 is out of range.
func strtol(s string) (int64, error) {
	v, err := strtoul(s)
	if negative := strings.HasPrefix(strings.TrimLeft(s, cSpace), "-"); err == nil && negative != (int64(v) < 0) && v != 0 {
		return 0, strconv.ErrRange
	}
	return int64(v), err
}

// parseUint reads a number as strtoul(3) does with base 0. Go's base 0 would
// allow underscores and 0b.
func parseUint(s string) (uint64, error) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	return strconv.ParseUint(s, base, 64)
}

func (w *words) uint32(what string) uint32 { return uint32(w.number(what, 0, math.MaxUint32)) }
func (w *words) uint16(what string) uint16 { return uint16(w.number(what, 0, math.MaxUint16)) }
func (w *words) uint8(what string) uint8   { return uint8(w.number(what, 0, math.MaxUint8)) }

// onOff takes "on" or "off".
func (w *words) onOff(what string) bool {
	switch w.need(what + `, "on" or "off"`) {
	case "on":
		return true
	case "off":
		return false
	}
	w.bad(`%s, "on" or "off"`, what)
	return false
}

// ifname takes a name for a link: 1 to 15 bytes without "/", ":" and white
// space (dev_valid_name in net/core/dev.c).
func (w *words) ifname(what string) string {
	s := w.need(what)
	if w.err == nil && !validIfname(s) {
		if validAltName(s) && len(s) <= 15 {
			w.status = statusKernel // ip(8) leaves the rest to the kernel
		}
		w.bad(`%s, 1 to 15 bytes without "/", ":" and white space`, what)
	}
	return s
}

// device takes the name, or an alternative name, of an existing link.
func (w *words) device(what string) string {
	s := w.need(what)
	if w.err == nil && (s == "" || len(s) > 127) {
		w.bad("%s, at most 127 bytes", what)
	}
	return s
}

func validIfname(s string) bool {
	if s == "" || len(s) > 15 || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		switch s[i] {
		case '/', ':', ' ', '\t', '\n', '\v', '\f', '\r', 0, 0xa0:
			return false
		}
	}
	return true
}

// failing takes words that have another exit status if they are wrong. A
// missing word has the usual one.
func (w *words) failing(status int, take func()) {
	if w.more() {
		before := w.status
		w.status = status
		defer func() { w.status = before }()
	}
	take()
}

// refuse does what bad does, for what ip link itself refuses, with another exit
// status than for a wrong value.
func (w *words) refuse(format string, args ...any) {
	before := w.status
	w.status = statusFailed
	w.bad(format, args...)
	w.status = before
}

// oneOf takes one of some words, in upper or lower case, and returns its index.
func (w *words) oneOf(what string, some []string) uint8 {
	s := w.need(what)
	i := slices.IndexFunc(some, func(o string) bool { return strings.EqualFold(o, s) })
	if i < 0 {
		w.bad("%s: %s", what, strings.Join(some, ", "))
		return 0
	}
	return uint8(i)
}

// notHere says that ip(8) has the last word and nslab does not.
func (w *words) notHere(word string) {
	w.bad("something that nslab supports; it does not support %q of ip(8)", word)
}
