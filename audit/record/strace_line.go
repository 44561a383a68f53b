package record

import (
	"strconv"
	"strings"
	"time"
)

// straceLine is a line of strace's output.
type straceLine struct {
	pid     int    // 0 if strace does not say
	program string // with -Y
	at      time.Time
	name    string // the call; "" for other lines: signals, exits, strace's own messages
	text    string // the text after "name(" or "resumed>"
	resumed bool   // text is the rest of an unfinished call
	exited  bool   // the process or thread has ended
}

// parseStraceLine splits a line into the parts before the call, and the call.
func parseStraceLine(s string) straceLine {
	var l straceLine
	s = strings.TrimLeft(s, " ")
	if rest, ok := strings.CutPrefix(s, "[pid "); ok {
		s = l.process(strings.TrimLeft(rest, " "))
		s = strings.TrimPrefix(s, "]")
	} else if n := digits(s); n > 0 && n < len(s) && (s[n] == ' ' || s[n] == '<') {
		s = l.process(s)
	}
	s = withoutPlace(l.time(strings.TrimLeft(s, " ")))
	if rest, ok := strings.CutPrefix(s, "<... "); ok {
		name, rest, ok := strings.Cut(rest, " resumed>")
		if ok && isCallName(name) {
			l.name, l.text, l.resumed = name, rest, true
		}
		return l
	}
	if strings.HasPrefix(s, "+++ ") {
		l.exited = true
		return l
	}
	if name, rest, ok := strings.Cut(s, "("); ok && isCallName(name) {
		l.name, l.text = name, rest
	}
	return l
}

// process reads a process id, and the name that -Y adds.
func (l *straceLine) process(s string) (rest string) {
	n := digits(s)
	l.pid, _ = strconv.Atoi(s[:n])
	s = s[n:]
	if strings.HasPrefix(s, "<") {
		if name, rest, ok := strings.Cut(s[1:], ">"); ok {
			l.program = unescapeC(name)
			return rest
		}
	}
	return s
}

// time reads the times of -t, -tt, -ttt and -r. Only -ttt includes the day.
func (l *straceLine) time(s string) (rest string) {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || s[n] == ':') {
		n++
	}
	if n == 0 || n == len(s) || s[n] != ' ' {
		return s
	}
	if sec, frac, _ := strings.Cut(s[:n], "."); len(sec) >= 9 {
		l.at = epochTime(sec, frac)
	}
	s = strings.TrimLeft(s[n:], " ")
	if strings.HasPrefix(s, "(+") { // -r with one of the others
		if _, rest, ok := strings.Cut(s, ") "); ok {
			return rest
		}
	}
	return s
}

// withoutPlace removes the output of -n and -i, the call's number and the
// instruction pointer: "[  41] [00007f4b] ".
func withoutPlace(s string) string {
	for strings.HasPrefix(s, "[") {
		place, rest, ok := strings.Cut(s[1:], "] ")
		if !ok || strings.Trim(place, " 0123456789abcdef?") != "" {
			break
		}
		s = rest
	}
	return s
}

// epochTime reads seconds since 1970 and decimals of a second; it returns the
// zero time for anything else.
func epochTime(sec, frac string) time.Time {
	s, err := strconv.ParseInt(sec, 10, 40)
	if err != nil || len(frac) > 9 {
		return time.Time{}
	}
	n, err := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(s, n).UTC()
}

// digits returns the number of digits at the beginning of s.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

func isCallName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// arguments splits the text after an opening bracket at its commas, up to the
// closing bracket. rest is the text after that. ok is false if there is no
// closing bracket.
func arguments(s string) (list []string, rest string, ok bool) {
	start, depth := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				if last := strings.TrimSpace(s[start:i]); last != "" || len(list) > 0 {
					list = append(list, last)
				}
				return list, s[i+1:], true
			}
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		case '/':
			if strings.HasPrefix(s[i:], "/*") {
				if n := strings.Index(s[i:], "*/"); n > 0 {
					i += n + 1
				}
			}
		case '<':
			// With -y a descriptor is followed by a description:
			// "3<NETLINK:[ROUTE:1234]>", "4</dev/null>".
			if i > 0 && s[i-1] >= '0' && s[i-1] <= '9' && !strings.HasPrefix(s[i:], "<<") {
				if n := strings.IndexByte(s[i:], '>'); n > 0 {
					i += n
				}
			}
		}
	}
	return nil, "", false
}

// fields reads a structure, "{name=value, ...}", and calls f for each field.
func fields(s string, f func(name, value string)) {
	if !strings.HasPrefix(s, "{") {
		return
	}
	list, _, _ := arguments(s[1:])
	for _, field := range list {
		if name, value, ok := strings.Cut(field, "="); ok {
			f(name, value)
		}
	}
}

// elements reads an array, "[value, ...]".
func elements(s string) []string {
	if !strings.HasPrefix(s, "[") {
		return nil
	}
	list, _, _ := arguments(s[1:])
	return list
}

// returned is the result of a call.
type returned struct {
	value int64
	text  string // the text after the value: "<NETLINK:[123]>"
	errno string // "ENOBUFS"
	took  time.Duration
	known bool // false for "?": the call did not return, or is made again
}

// parseReturn reads the text after a call: " = 36 <0.000016>", " = -1 EAGAIN
// (Resource temporarily unavailable)".
func parseReturn(s string) returned {
	var r returned
	s, ok := strings.CutPrefix(strings.TrimLeft(s, " "), "= ")
	if !ok {
		return r
	}
	if i := strings.LastIndex(s, " <"); i >= 0 && strings.HasSuffix(s, ">") {
		sec, frac, _ := strings.Cut(s[i+2:len(s)-1], ".")
		if t := epochTime(sec, frac); !t.IsZero() {
			r.took = t.Sub(time.Unix(0, 0))
			s = s[:i]
		}
	}
	n := len(s)
	for i := range len(s) {
		if c := s[i]; hexDigit(c) < 0 && c != '-' && !(c == 'x' && i == 1) {
			n = i
			break
		}
	}
	base := 10
	if strings.HasPrefix(s, "0x") { // raw arguments
		base, s, n = 16, s[2:], n-2
	}
	value, err := strconv.ParseInt(s[:n], base, 64)
	if err != nil {
		return r
	}
	r.value, r.known, r.text = value, true, s[n:]
	if value == -1 {
		r.errno, _, _ = strings.Cut(strings.TrimLeft(r.text, " "), " ")
	}
	return r
}

// unescapeC reads the escapes of a C string without its quotes: octal,
// hexadecimal, and the letters.
func unescapeC(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b, _ := appendC(nil, s)
	return string(b)
}

// appendC appends the bytes of a C string without its quotes. bad is the index
// of what could not be read, or -1.
func appendC(dst []byte, s string) (_ []byte, bad int) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		if i++; i == len(s) {
			return dst, i - 1
		}
		switch c := s[i]; {
		case c >= '0' && c <= '7':
			n := 0
			k := i
			for k < len(s) && k < i+3 && s[k] >= '0' && s[k] <= '7' {
				n = n*8 + int(s[k]-'0')
				k++
			}
			if n > 0xff {
				return dst, i
			}
			dst = append(dst, byte(n))
			i = k - 1
		case c == 'x':
			k := i + 1
			for k < len(s) && k < i+3 && hexDigit(s[k]) >= 0 {
				k++
			}
			if k == i+1 {
				return dst, i
			}
			n, _ := strconv.ParseUint(s[i+1:k], 16, 8)
			dst = append(dst, byte(n))
			i = k - 1
		default:
			k := strings.IndexByte(`abtnvfr"'\?`, c)
			if k < 0 {
				return dst, i
			}
			dst = append(dst, "\a\b\t\n\v\f\r\"'\\?"[k])
		}
	}
	return dst, -1
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
