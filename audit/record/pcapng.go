package record

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/nslab/nslab/audit"
)

// The blocks and options of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockOldPacket  = 2
	blockSimple     = 3
	blockStatistics = 5
	blockPacket     = 6

	byteOrderMagic = 0x1a2b3c4d

	optEnd         = 0
	optComment     = 1
	optUserAppl    = 4  // of a section: the program that wrote it
	optName        = 2  // of an interface
	optDescription = 3  // of an interface
	optTSResol     = 9  // of an interface: the unit of its timestamps
	optTSOffset    = 14 // of an interface: seconds to add to them
	optFlags       = 2  // of a packet: its direction
	optDropCount   = 4  // of a packet: how many were lost since the previous one
	optIfDrop      = 5  // of statistics: how many the interface dropped
	optOSDrop      = 7  // of statistics: how many the operating system dropped
)

// Bits of a packet's flags.
const (
	flagInbound   = 1
	flagOutbound  = 2
	flagDirection = 3
	flagUnicast   = 1 << 2
	flagMulticast = 2 << 2
	flagReception = 7 << 2
)

// userAppl is the program that a section names as its writer.
const userAppl = "nslab"

// interfaceName returns the name of a socket's interface: "netns/program/pid".
// Characters that could be mistaken are escaped as in a URL.
func interfaceName(e *audit.Event) string {
	return escapeName(e.NetNS) + "/" + escapeName(e.Program) + "/" + strconv.Itoa(e.PID)
}

// parseInterfaceName reads what interfaceName writes, and ignores other names.
func parseInterfaceName(e *audit.Event, name string) bool {
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return false
	}
	netns, ok1 := unescapeName(parts[0])
	program, ok2 := unescapeName(parts[1])
	pid, err := strconv.ParseUint(parts[2], 10, 31)
	if !ok1 || !ok2 || err != nil {
		return false
	}
	e.NetNS, e.Program, e.PID = netns, program, int(pid)
	return true
}

// escapeName writes %, / and everything but printable ASCII as %XX.
func escapeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= 0x20 || c >= 0x7f || c == '%' || c == '/' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unescapeName(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b = append(b, byte(n))
		i += 2
	}
	return string(b), true
}

// socketDescription returns the rest of a socket's identity, for the
// interface's description.
func socketDescription(e *audit.Event) string {
	return fmt.Sprintf("netlink socket %d port %d cookie %d netns %d", e.Inode, e.PortID, e.NetNSCookie, e.NetNSInode)
}

// parseSocketDescription reads what socketDescription writes, and ignores other
// descriptions.
func parseSocketDescription(e *audit.Event, s string) {
	var inode, cookie, netns uint64
	var port uint32
	n, err := fmt.Sscanf(s, "netlink socket %d port %d cookie %d netns %d", &inode, &port, &cookie, &netns)
	if err == nil && n == 4 {
		e.Inode, e.PortID, e.NetNSCookie, e.NetNSInode = inode, port, cookie, netns
	}
}

// appendOption appends an option with its padding.
func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, code)
	b = binary.NativeEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// pad appends zeros up to a multiple of 4 bytes.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
