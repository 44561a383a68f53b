package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// scan reads a line in the form that a JSONWriter writes: no spaces, no escapes
// in strings, whole numbers. It returns false for any other line, even if it is
// valid, and leaves l in no useful state. scan is many times as fast as
// encoding/json, which reads the other lines and says what is wrong with them.
func (l *jsonLine) scan(text []byte, words *interned) bool {
	if len(text) < 2 || text[0] != '{' {
		return false
	}
	for s := text[1:]; ; {
		key, rest, ok := scanString(s)
		if !ok || len(rest) < 2 || rest[0] != ':' {
			return false
		}
		if s, ok = l.scanField(key, rest[1:], words); !ok || len(s) == 0 {
			return false
		}
		if s[0] == '}' {
			return len(s) == 1
		}
		if s[0] != ',' {
			return false
		}
		s = s[1:]
	}
}

// scanField reads the value of a field at the start of s.
func (l *jsonLine) scanField(key, s []byte, words *interned) (rest []byte, ok bool) {
	switch s[0] {
	case '"':
		value, rest, ok := scanString(s)
		return rest, ok && l.setString(key, value, words)
	case 't':
		rest, ok := bytes.CutPrefix(s, []byte("true"))
		if string(key) != "multicast" {
			return nil, false
		}
		l.Multicast = true
		return rest, ok
	case '{':
		return l.scanAddress(key, s)
	case '-':
		n, rest, ok := scanNumber(s[1:])
		if string(key) != "value" || n == 0 || n > -math.MinInt32 {
			return nil, false
		}
		l.Value = binary.NativeEndian.AppendUint32(nil, uint32(-int64(n)))
		return rest, ok
	}
	n, rest, ok := scanNumber(s)
	return rest, ok && l.setNumber(key, n)
}

// setString sets a field that is a string.
func (l *jsonLine) setString(key, value []byte, words *interned) bool {
	switch string(key) {
	case "op":
		l.Op = words.get(value)
	case "time":
		var t time.Time
		if t.UnmarshalText(value) != nil {
			return false
		}
		l.Time = (*jsonTime)(&t)
	case "errno":
		l.Errno = words.get(value)
	case "program":
		l.Program = jsonText(words.get(value))
	case "netns":
		l.NetNS = jsonText(words.get(value))
	case "protocol":
		l.Protocol = words.get(value)
	case "type":
		l.Type = words.get(value)
	case "option":
		l.Option = words.get(value)
	case "flags":
		l.Flags = words.get(value)
	case "msg_flags":
		l.MsgFlags = words.get(value)
	case "data":
		l.Data = value
	case "text":
		l.Text = jsonText(value)
	default:
		return false
	}
	return true
}

// setNumber sets a field that is a whole number.
func (l *jsonLine) setNumber(key []byte, n uint64) bool {
	var small *int
	switch string(key) {
	case "took_ns":
		l.Took = int64(n)
		return n <= math.MaxInt64
	case "after_ns":
		l.After = int64(n)
		return n <= math.MaxInt64
	case "netns_cookie":
		l.NetNSCookie = n
		return true
	case "netns_inode":
		l.NetNSInode = n
		return true
	case "socket":
		l.Socket = n
		return true
	case "port":
		l.Port = uint32(n)
		return n <= math.MaxUint32
	case "value":
		l.Value = binary.NativeEndian.AppendUint32(nil, uint32(n))
		return n <= math.MaxInt32
	case "pid":
		small = &l.PID
	case "tid":
		small = &l.TID
	case "lost":
		small = &l.Lost
	case "fd":
		l.FD = &l.fd
		small = l.FD
	case "room":
		l.Room = &l.room
		small = l.Room
	case "length":
		l.Length = &l.length
		small = l.Length
	default:
		return false
	}
	*small = int(n)
	return n <= math.MaxInt32
}

// scanAddress reads {"port":0,"groups":1}.
func (l *jsonLine) scanAddress(key, s []byte) (rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(s, []byte(`{"port":`))
	port, rest, ok1 := scanNumber(rest)
	rest, ok2 := bytes.CutPrefix(rest, []byte(`,"groups":`))
	groups, rest, ok3 := scanNumber(rest)
	rest, ok4 := bytes.CutPrefix(rest, []byte("}"))
	l.Address = &jsonAddress{uint32(port), uint32(groups)}
	return rest, ok && ok1 && ok2 && ok3 && ok4 && port <= math.MaxUint32 && groups <= math.MaxUint32 && string(key) == "address"
}

// scanString reads a string of printable ASCII without escapes.
func scanString(s []byte) (value, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '"' {
		return nil, nil, false
	}
	end := bytes.IndexByte(s[1:], '"') + 1
	if end == 0 {
		return nil, nil, false
	}
	value = s[1:end]
	for _, c := range value {
		if c < 0x20 || c >= 0x7f || c == '\\' {
			return nil, nil, false
		}
	}
	return value, s[end+1:], true
}

// scanNumber reads a whole number that has no more than 18 digits, and no zeros
// before them.
func scanNumber(s []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for i < len(s) && i < 19 && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + uint64(s[i]-'0')
		i++
	}
	if i == 0 || i == 19 || i > 1 && s[0] == '0' || i == len(s) || s[i] != ',' && s[i] != '}' {
		return 0, nil, false
	}
	return n, s[i:], true
}

// interned keeps one string for each word that occurs again and again: names of
// operations, programs, namespaces.
type interned struct{ words map[string]string }

// maxInterned bounds the number of words that are kept.
const maxInterned = 1 << 12

// get returns b as a string.
func (w *interned) get(b []byte) string {
	if s, ok := w.words[string(b)]; ok {
		return s
	}
	if len(w.words) >= maxInterned {
		clear(w.words)
	}
	if w.words == nil {
		w.words = map[string]string{}
	}
	s := string(b)
	if len(s) <= 64 {
		w.words[s] = s
	}
	return s
}
