package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// CheckName returns an error for a string that cannot be the name of a lab.
func CheckName(name string) error {
	ok := name != "" && len(name) <= 32 && name[0] != '-'
	for i := range len(name) {
		c := name[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')
	}
	if !ok {
		return fmt.Errorf("lab name %q: use 1 to 32 of a-z, 0-9 and \"-\", not beginning with \"-\"", name)
	}
	return nil
}

// maxIface is the maximum length of an interface's name in bytes: IFNAMSIZ
// without the NUL (include/uapi/linux/if.h).
const maxIface = 15

// badIface says why the kernel would refuse an interface's name (dev_valid_name
// and __dev_alloc_name in net/core/dev.c, sysctl_dev_name_is_allowed in
// net/ipv4/devinet.c), or why nobody would want it. It returns "" for a good
// name.
func badIface(s string) string {
	switch s {
	case "":
		return "is empty"
	case ".", "..", "all", "default", "lo":
		return "is reserved"
	}
	if len(s) > maxIface {
		return fmt.Sprintf("has %d bytes; at most %d are allowed", len(s), maxIface)
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f || r == 0xa0 || r == '/' || r == ':' || r == '%' {
			return fmt.Sprintf("contains %q", r)
		}
	}
	return ""
}

// portName returns the name of the bridge port at the other end of a node's
// interface: NODE-IFACE if that has at most 15 bytes, otherwise its beginning
// and 36 bits of its hash. It depends on nothing else in the file.
func portName(node, iface string) string {
	name := node
	if iface != "" {
		name += "-" + iface
	}
	if len(name) <= maxIface {
		return name
	}
	const digits, base = 7, 36
	hash := strconv.FormatUint(hash64([]byte(name))>>28, base) // 36 bits: 7 digits at most
	hash = strings.Repeat("0", digits-len(hash)) + hash
	return cut(name, maxIface-1-digits) + "-" + hash
}

// cut shortens a string to at most n bytes, without cutting through a
// character.
func cut(s string, n int) string {
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// takeIface gives a name to an interface of a node, and reports a name that is
// taken.
func (p *fileParser) takeIface(node int, name string, at Pos, hint string) bool {
	key := ifaceKey{node, name}
	if first, taken := p.ifaces[key]; taken {
		p.Add(at, hint, "node %q already has an interface %q, on line %d", p.t.Nodes[node].Name, name, first.Line)
		return false
	}
	p.ifaces[key] = at
	return true
}
