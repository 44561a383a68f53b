package watch

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// decode returns a message as package audit reads it.
func decode(m rtnl.Message) audit.Message {
	b := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(m.Data))
	binary.NativeEndian.PutUint32(b, uint32(cap(b)))
	binary.NativeEndian.PutUint16(b[4:], m.Type)
	binary.NativeEndian.PutUint16(b[6:], m.Flags)
	binary.NativeEndian.PutUint32(b[8:], m.Seq)
	binary.NativeEndian.PutUint32(b[12:], m.PortID)
	messages, _ := audit.DecodeIn(nlspec.Context{Protocol: unix.NETLINK_ROUTE, Direction: nlspec.Received}, append(b, m.Data...))
	if len(messages) == 0 {
		return audit.Message{}
	}
	return messages[0]
}

// qdiscOptions writes the options of a queueing discipline: names and values of what is
// inside, but for tables of bytes.
func qdiscOptions(m rtnl.Message) string {
	var words []string
	var add func(v *audit.Value)
	add = func(v *audit.Value) {
		switch {
		case len(v.Fields) > 0:
			for i := range v.Fields {
				add(&v.Fields[i])
			}
		case v.Kind == nlspec.Bytes || v.Kind == nlspec.Pad:
		case v.Content == nil:
			words = append(words, plain.Text(v.Name)+"="+hex.EncodeToString(v.Data))
		default:
			words = append(words, plain.Text(fmt.Sprintf("%s=%v", v.Name, v.Content)))
		}
	}
	d := decode(m)
	for i := range d.Attrs {
		if d.Attrs[i].Type == tcaOptions {
			add(&d.Attrs[i])
		}
	}
	return strings.Join(words, " ")
}

// An attribute is a field or an attribute of a message, as JSON.
type attribute struct {
	Name  string `json:"name"`
	Value any    `json:"value,omitempty"`
	// Names are those of a number, or of its bits.
	Names  []string    `json:"names,omitempty"`
	Inside []attribute `json:"inside,omitempty"`
	// Data is in hexadecimal, where the value cannot be read.
	Data string `json:"data,omitempty"`
}

func attributes(values []audit.Value) []attribute {
	all := make([]attribute, 0, len(values))
	for i := range values {
		v := &values[i]
		if v.Kind == nlspec.Pad {
			continue
		}
		a := attribute{Name: v.Name, Names: v.Names, Value: v.Content}
		switch c := v.Content.(type) {
		case nil:
			if v.Fields == nil {
				a.Data = hex.EncodeToString(v.Data)
			} else {
				a.Inside = attributes(v.Fields)
			}
		case netip.Addr:
			a.Value = c.String()
		case net.HardwareAddr:
			a.Value = c.String()
		}
		all = append(all, a)
	}
	return all
}
