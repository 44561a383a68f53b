package audit

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// maxHex is how many bytes of an opaque value a line shows.
const maxHex = 64

// write writes m as one line. The port ID is left out when it is 0 or the socket's own.
func (m Message) write(b *strings.Builder, ownPort uint32) {
	fmt.Fprintf(b, "%s seq=%d", m.Name, m.Header.Seq)
	if m.Header.PID != 0 && m.Header.PID != ownPort {
		fmt.Fprintf(b, " pid=%d", m.Header.PID)
	}
	if m.Header.Type == unix.NLMSG_ERROR {
		m.writeError(b)
	} else {
		m.writeFlags(b)
		m.writeBody(b)
	}
	if len(m.Rest) > 0 {
		b.WriteByte(' ')
		writeRest(b, m.Rest)
	}
	if m.Problem != "" {
		fmt.Fprintf(b, " (%s)", m.Problem)
	}
}

// writeFlags writes the names of nlmsg_flags.
func (m Message) writeFlags(b *strings.Builder) {
	if m.Header.Flags == 0 {
		return
	}
	b.WriteByte(' ')
	values := nlspec.MessageFlags(m.Protocol, m.Header.Type)
	names, rest := values.Names(uint64(m.Header.Flags))
	writeNames(b, values, names, rest)
}

// writeBody writes the header's fields that are not zero, and the attributes.
func (m Message) writeBody(b *strings.Builder) {
	sep := "  "
	for _, v := range m.Fields {
		if v.zero() {
			continue
		}
		if m.Ack != nil {
			fmt.Fprintf(b, "%serror=%s", sep, errorText(m.Ack.Code))
		} else {
			b.WriteString(sep)
			v.write(b)
		}
		sep = " "
	}
	sep = "  "
	for _, v := range m.Attrs {
		if v.zero() {
			continue
		}
		b.WriteString(sep)
		v.write(b)
		sep = " "
	}
}

// writeError writes an NLMSG_ERROR: ACK or the error, the request it answers, and what the kernel says about it. The
// flags NLM_F_CAPPED and NLM_F_ACK_TLVS and the attributes that At and Missing tell of are left out.
func (m Message) writeError(b *strings.Builder) {
	if m.Ack.Request != (nlspec.Header{}) {
		fmt.Fprintf(b, " request=%s", m.Ack.Name)
	}
	switch {
	case len(m.Fields) == 0: // cut off before the error
	case m.Ack.Code == 0:
		b.WriteString(" ACK")
	default:
		fmt.Fprintf(b, " error=%s", errorText(m.Ack.Code))
	}
	for _, v := range m.Attrs {
		switch {
		case v.Type == unix.NLMSGERR_ATTR_OFFS && m.Ack.At != "":
		case v.Type == nlspec.NLMSGERR_ATTR_MISS_TYPE && m.Ack.Missing != "":
		case v.Type == nlspec.NLMSGERR_ATTR_MISS_NEST && m.Ack.Missing != "":
		default:
			b.WriteByte(' ')
			v.write(b)
		}
	}
	if m.Ack.At != "" {
		b.WriteString(" at " + m.Ack.At)
	}
	if m.Ack.Missing != "" {
		b.WriteString(" missing " + m.Ack.Missing)
	}
}

// errorText is a negative errno by name and number: "EEXIST(-17)".
func errorText(code int32) string {
	if code >= 0 {
		return strconv.Itoa(int(code))
	}
	name := ErrnoName(unix.Errno(-int64(code)))
	if name[0] != 'E' {
		return strconv.Itoa(int(code))
	}
	return fmt.Sprintf("%s(%d)", name, code)
}

// zero reports whether a line leaves v out: a field or an element whose bytes are all zero, or an attribute that only aligns.
func (v Value) zero() bool {
	if v.Attribute && v.Kind != nlspec.Pad {
		return false
	}
	if v.Data == nil && v.Fields != nil {
		return false // a next hop
	}
	return allZero(v.Data)
}

// write writes v as NAME=VALUE, or NAME for a flag.
func (v Value) write(b *strings.Builder) {
	b.WriteString(v.Name)
	if v.Content == true {
		return
	}
	b.WriteByte('=')
	if v.Guess {
		b.WriteByte('?')
	}
	v.writeContent(b)
	if v.Malformed() {
		fmt.Fprintf(b, "(%d bytes, %s expected)", len(v.Data), v.Kind)
	}
}

func (v Value) writeContent(b *strings.Builder) {
	switch {
	case v.unnamed && v.Fields != nil:
		v.writeElements(b)
		return
	case v.Fields != nil:
		v.writeFields(b)
		return
	case v.Malformed() && len(v.Data) == 0:
		return
	}
	switch c := v.Content.(type) {
	case uint64:
		switch {
		case c != 0 && c == 1<<(8*len(v.Data))-1 && len(v.Names) > 1:
			fmt.Fprintf(b, "%#x", c) // all bits, as in a notification's ifi_change
			return
		case v.Kind == nlspec.MPLSLabel:
			writeMPLSLabel(b, uint32(c))
			return
		case v.Names == nil && v.Kind == nlspec.TCHandle && c != 0:
			writeHandle(b, uint32(c))
			return
		case v.Names == nil:
			b.WriteString(strconv.FormatUint(c, 10))
			return
		}
		writeNames(b, v.values, v.Names, v.Unnamed)
	case int64:
		if v.Names == nil {
			b.WriteString(strconv.FormatInt(c, 10))
			return
		}
		writeNames(b, v.values, v.Names, v.Unnamed)
	case string:
		b.WriteString(strconv.Quote(c))
	case netip.Addr:
		b.WriteString(c.String())
	case net.HardwareAddr:
		writeLLAddr(b, c)
	default:
		writeHex(b, v.Data)
	}
}

// writeFields writes what is inside v: fields and elements that are not zero, and attributes.
func (v Value) writeFields(b *strings.Builder) {
	b.WriteByte('{')
	sep := ""
	for _, f := range v.Fields {
		if f.zero() {
			continue
		}
		b.WriteString(sep)
		f.write(b)
		sep = " "
	}
	if len(v.Rest) > 0 {
		b.WriteString(sep)
		writeRest(b, v.Rest)
	}
	b.WriteByte('}')
}

// writeElements writes an array whose elements have no names, all of them, as a list.
func (v Value) writeElements(b *strings.Builder) {
	b.WriteByte('[')
	sep := ""
	for _, f := range v.Fields {
		b.WriteString(sep)
		f.writeContent(b)
		sep = " "
	}
	if len(v.Rest) > 0 {
		b.WriteString(sep)
		writeRest(b, v.Rest)
	}
	b.WriteByte(']')
}

// writeMPLSLabel writes an entry of a label stack (RFC 3032, 2.1): the label, then what is not zero of its traffic class,
// its bottom of stack bit and its TTL.
func writeMPLSLabel(b *strings.Builder, entry uint32) {
	b.WriteString(strconv.FormatUint(uint64(entry>>12), 10))
	if tc := entry >> 9 & 7; tc != 0 {
		fmt.Fprintf(b, ",tc=%d", tc)
	}
	if entry>>8&1 != 0 {
		b.WriteString(",S")
	}
	if ttl := entry & 0xff; ttl != 0 {
		fmt.Fprintf(b, ",ttl=%d", ttl)
	}
}

// writeNames writes names joined by |, and what has no name after them.
func writeNames(b *strings.Builder, values *nlspec.Values, names []string, rest uint64) {
	for i, name := range names {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(values.Short(name))
	}
	if rest != 0 {
		if len(names) > 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(b, "%#x", rest)
	}
}

// writeHandle writes a handle of traffic control as tc(8) does: both numbers in hexadecimal, without one that is 0.
func writeHandle(b *strings.Builder, h uint32) {
	if major := h >> 16; major != 0 {
		b.WriteString(strconv.FormatUint(uint64(major), 16))
	}
	b.WriteByte(':')
	if minor := h & 0xffff; minor != 0 {
		b.WriteString(strconv.FormatUint(uint64(minor), 16))
	}
}

// writeLLAddr writes a link-layer address as ip(8) does, whatever its length.
func writeLLAddr(b *strings.Builder, a []byte) {
	if len(a) == 0 {
		b.WriteString(`""`)
		return
	}
	for i, c := range a[:min(len(a), maxHex)] {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(b, "%02x", c)
	}
	writeMore(b, len(a))
}

// writeHex writes bytes of which nothing more is known.
func writeHex(b *strings.Builder, data []byte) {
	b.WriteString("0x")
	b.WriteString(hex.EncodeToString(data[:min(len(data), maxHex)]))
	writeMore(b, len(data))
}

func writeMore(b *strings.Builder, n int) {
	if n > maxHex {
		fmt.Fprintf(b, "...(%d bytes)", n)
	}
}

// writeRest writes bytes that could not be read where more attributes or messages could stand.
func writeRest(b *strings.Builder, rest []byte) {
	fmt.Fprintf(b, "(%d bytes left: ", len(rest))
	writeHex(b, rest)
	b.WriteByte(')')
}

// safeName is a namespace's label as it stands when it is plain, otherwise quoted.
func safeName(s string) string {
	for _, r := range s {
		if r == unicode.ReplacementChar || r == '"' || r == '\\' || unicode.IsSpace(r) || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}
