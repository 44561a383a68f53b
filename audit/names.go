package audit

import (
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// opNames are the names of the operations in recordings.
var opNames = [...]string{
	OpSocket: "socket", OpBind: "bind", OpConnect: "connect", OpSetsockopt: "setsockopt", OpSend: "send",
	OpReceive: "receive", OpClose: "close", OpExtAck: "extack", OpFound: "found", OpLost: "lost",
}

// String returns the operation's name: "socket", "bind", "send" ...
func (o Op) String() string {
	if int(o) < len(opNames) && opNames[o] != "" {
		return opNames[o]
	}
	return "op " + strconv.Itoa(int(o))
}

// ParseOp returns the operation whose String is name.
func ParseOp(name string) (o Op, ok bool) {
	for i, n := range opNames {
		if n != "" && n == name {
			return Op(i), true
		}
	}
	return 0, false
}

// msgFlags are the flags of send and recv calls, and of msg_flags
// (include/linux/socket.h).
var msgFlags = nlspec.Values{Bits: true, Consts: []nlspec.Const{
	{Number: unix.MSG_OOB, Name: "MSG_OOB"},
	{Number: unix.MSG_PEEK, Name: "MSG_PEEK"},
	{Number: unix.MSG_DONTROUTE, Name: "MSG_DONTROUTE"},
	{Number: unix.MSG_CTRUNC, Name: "MSG_CTRUNC"},
	{Number: unix.MSG_TRUNC, Name: "MSG_TRUNC"},
	{Number: unix.MSG_DONTWAIT, Name: "MSG_DONTWAIT"},
	{Number: unix.MSG_EOR, Name: "MSG_EOR"},
	{Number: unix.MSG_WAITALL, Name: "MSG_WAITALL"},
	{Number: unix.MSG_CONFIRM, Name: "MSG_CONFIRM"},
	{Number: unix.MSG_ERRQUEUE, Name: "MSG_ERRQUEUE"},
	{Number: unix.MSG_NOSIGNAL, Name: "MSG_NOSIGNAL"},
	{Number: unix.MSG_MORE, Name: "MSG_MORE"},
	{Number: unix.MSG_WAITFORONE, Name: "MSG_WAITFORONE"},
	{Number: unix.MSG_CMSG_CLOEXEC, Name: "MSG_CMSG_CLOEXEC"},
}}

// MsgFlagNames writes flags of send and recv calls as names joined by |, and
// bits without a name in hexadecimal.
func MsgFlagNames(flags int) string { return bitNames(&msgFlags, uint64(uint32(flags))) }

// ParseMsgFlags reads what MsgFlagNames writes.
func ParseMsgFlags(s string) (flags int, ok bool) {
	n, ok := parseBits(&msgFlags, s)
	return int(n), ok
}

// socketTypes are the types that a netlink socket may have, and the flags that
// socket(2) accepts with them.
var socketTypes = nlspec.Values{Bits: true, Consts: []nlspec.Const{
	{Number: unix.SOCK_CLOEXEC, Name: "SOCK_CLOEXEC"},
	{Number: unix.SOCK_NONBLOCK, Name: "SOCK_NONBLOCK"},
}}

// SocketTypeNames writes a socket's type and the flags of socket(2):
// "SOCK_RAW|SOCK_CLOEXEC".
func SocketTypeNames(typ int) string {
	const with = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	var name string
	switch typ &^ with {
	case unix.SOCK_RAW:
		name = "SOCK_RAW"
	case unix.SOCK_DGRAM:
		name = "SOCK_DGRAM"
	default:
		name = strconv.Itoa(typ &^ with)
	}
	if typ&with != 0 {
		name += "|" + bitNames(&socketTypes, uint64(typ&with))
	}
	return name
}

// ParseSocketType reads what SocketTypeNames writes.
func ParseSocketType(s string) (typ int, ok bool) {
	name, rest, with := strings.Cut(s, "|")
	switch name {
	case "SOCK_RAW":
		typ = unix.SOCK_RAW
	case "SOCK_DGRAM":
		typ = unix.SOCK_DGRAM
	default:
		n, err := strconv.ParseUint(name, 10, 31)
		if err != nil {
			return 0, false
		}
		typ = int(n)
	}
	if with {
		n, ok := parseBits(&socketTypes, rest)
		if !ok {
			return 0, false
		}
		typ |= int(n)
	}
	return typ, true
}

func bitNames(v *nlspec.Values, n uint64) string {
	names, rest := v.Names(n)
	if rest != 0 || len(names) == 0 {
		names = append(names, "0x"+strconv.FormatUint(rest, 16))
	}
	return strings.Join(names, "|")
}

func parseBits(v *nlspec.Values, s string) (n uint64, ok bool) {
next:
	for name := range strings.SplitSeq(s, "|") {
		for _, c := range v.Consts {
			if c.Name == name {
				n |= c.Number
				continue next
			}
		}
		bits, err := strconv.ParseUint(name, 0, 32)
		if err != nil {
			return 0, false
		}
		n |= bits
	}
	return n, true
}

// sockOption is an option of setsockopt(2).
type sockOption struct {
	level, option int
	name          string
}

// sockOptions are the options of netlink sockets
// (include/uapi/linux/netlink.h), and the general options that programs set on
// them (include/uapi/asm-generic/socket.h).
var sockOptions = []sockOption{
	{unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, "NETLINK_ADD_MEMBERSHIP"},
	{unix.SOL_NETLINK, unix.NETLINK_DROP_MEMBERSHIP, "NETLINK_DROP_MEMBERSHIP"},
	{unix.SOL_NETLINK, unix.NETLINK_PKTINFO, "NETLINK_PKTINFO"},
	{unix.SOL_NETLINK, unix.NETLINK_BROADCAST_ERROR, "NETLINK_BROADCAST_ERROR"},
	{unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS, "NETLINK_NO_ENOBUFS"},
	{unix.SOL_NETLINK, 6, "NETLINK_RX_RING"},
	{unix.SOL_NETLINK, 7, "NETLINK_TX_RING"},
	{unix.SOL_NETLINK, unix.NETLINK_LISTEN_ALL_NSID, "NETLINK_LISTEN_ALL_NSID"},
	{unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS, "NETLINK_LIST_MEMBERSHIPS"},
	{unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, "NETLINK_CAP_ACK"},
	{unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, "NETLINK_EXT_ACK"},
	{unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, "NETLINK_GET_STRICT_CHK"},
	{unix.SOL_SOCKET, unix.SO_SNDBUF, "SO_SNDBUF"},
	{unix.SOL_SOCKET, unix.SO_RCVBUF, "SO_RCVBUF"},
	{unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, "SO_SNDBUFFORCE"},
	{unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, "SO_RCVBUFFORCE"},
	{unix.SOL_SOCKET, unix.SO_PASSCRED, "SO_PASSCRED"},
	{unix.SOL_SOCKET, unix.SO_TIMESTAMP, "SO_TIMESTAMP"},
	{unix.SOL_SOCKET, unix.SO_RCVTIMEO, "SO_RCVTIMEO"},
	{unix.SOL_SOCKET, unix.SO_SNDTIMEO, "SO_SNDTIMEO"},
	{unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, "SO_ATTACH_FILTER"},
	{unix.SOL_SOCKET, unix.SO_DETACH_FILTER, "SO_DETACH_FILTER"},
	{unix.SOL_SOCKET, unix.SO_LOCK_FILTER, "SO_LOCK_FILTER"},
	{unix.SOL_SOCKET, unix.SO_ATTACH_BPF, "SO_ATTACH_BPF"},
	{unix.SOL_SOCKET, unix.SO_PRIORITY, "SO_PRIORITY"},
	{unix.SOL_SOCKET, unix.SO_MARK, "SO_MARK"},
	{unix.SOL_SOCKET, unix.SO_BUSY_POLL, "SO_BUSY_POLL"},
}

// OptionName returns the name of an option of setsockopt(2), such as
// "NETLINK_EXT_ACK", or level and option as "270/99".
func OptionName(level, option int) string {
	for _, o := range sockOptions {
		if o.level == level && o.option == option {
			return o.name
		}
	}
	return strconv.Itoa(level) + "/" + strconv.Itoa(option)
}

// ParseOption reads what OptionName writes.
func ParseOption(s string) (level, option int, ok bool) {
	for _, o := range sockOptions {
		if o.name == s {
			return o.level, o.option, true
		}
	}
	l, o, _ := strings.Cut(s, "/")
	level, err := strconv.Atoi(l)
	if err != nil {
		return 0, 0, false
	}
	option, err = strconv.Atoi(o)
	return level, option, err == nil
}

// enotsupp is the kernel's internal ENOTSUPP (include/linux/errno.h). It was
// never meant to reach programs, but it does.
const enotsupp unix.Errno = 524

// ErrnoName returns the kernel's name of an errno, such as "EEXIST", or its
// number if it has none.
func ErrnoName(errno unix.Errno) string {
	switch errno {
	case unix.EOPNOTSUPP:
		return "EOPNOTSUPP" // unix.ErrnoName returns ENOTSUP, libc's other name, which the kernel does not use
	case enotsupp:
		return "ENOTSUPP"
	}
	if name := unix.ErrnoName(errno); name != "" {
		return name
	}
	return strconv.Itoa(int(errno))
}

// ParseErrno reads what ErrnoName writes. Numbers range from 1 to 4095
// (MAX_ERRNO).
func ParseErrno(s string) (errno unix.Errno, ok bool) {
	if n, ok := errnos()[s]; ok {
		return n, true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return unix.Errno(n), err == nil && n > 0 && n <= maxErrno
}

const maxErrno = 4095

var errnos = sync.OnceValue(func() map[string]unix.Errno {
	m := map[string]unix.Errno{}
	for n := unix.Errno(1); n <= maxErrno; n++ {
		if name := ErrnoName(n); name[0] == 'E' {
			m[name] = n
		}
	}
	return m
})
