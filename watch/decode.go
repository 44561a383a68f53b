package watch

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// decode decodes a message with package audit.
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

// qdiscOptions returns the options of a queueing discipline: names and values
// of its attributes, without tables of bytes.
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
			words = append(words, v.Name+"="+hex.EncodeToString(v.Data))
		default:
			words = append(words, fmt.Sprintf("%s=%v", v.Name, v.Content))
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
