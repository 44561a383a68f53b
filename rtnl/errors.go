package rtnl

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// ErrNotSupported is matched by an error that says that the kernel lacks a
// message, an attribute or a device type. It is errors.ErrUnsupported.
var ErrNotSupported = errors.ErrUnsupported

// Errors of the exchange itself. Each is wrapped in an *Error that names the
// request, unless no request was running.
var (
	// ErrUnknown means that the request may or may not have taken effect: the
	// kernel's answer was lost (ENOBUFS), or nobody waited for it. Read the
	// state back before you repeat the request.
	ErrUnknown = errors.New("the kernel's answer was lost; it may have taken effect")
	// ErrNotSent means that the request never reached the kernel.
	ErrNotSent = errors.New("not sent")
	// ErrDumpInterrupted means that a table changed during each try to read it
	// (NLM_F_DUMP_INTR), so that there is no consistent list. The error is an
	// *InterruptedDump.
	ErrDumpInterrupted = errors.New("the table kept changing while it was read")
)

// An Error is the failure of a request. Its text names the action, the object
// and the namespace, then gives the kernel's message (or one of this package's
// if there is none), the name of the errno, and the attribute that the kernel
// points at:
//
//	set nsid 7 of descriptor 5 in "sw": Peer netns already has a nsid assigned (EEXIST, at NETNSA_FD)
//
// It matches unix errnos, fs.ErrExist, fs.ErrNotExist, fs.ErrPermission and
// ErrNotSupported with errors.Is.
type Error struct {
	// Op is the operation, such as "create link".
	Op string
	// Object is its object, quoted, with where it is: `"p1"`.
	Object string
	// NetNS is the label of the Conn's namespace, "" without one.
	NetNS string
	// Errno is the kernel's error number, 0 if the kernel did not answer.
	Errno unix.Errno
	// Message is the kernel's sentence (NLMSGERR_ATTR_MSG) unchanged, ""
	// without one. It may repeat names that users chose; Error escapes what is
	// not printable.
	Message string
	// Attr is the path of the attribute that the kernel objects to
	// (NLMSGERR_ATTR_OFFS), "" without one: "IFLA_LINKINFO/IFLA_INFO_KIND".
	Attr string
	// Missing is the path of the attribute that the kernel misses
	// (NLMSGERR_ATTR_MISS_TYPE, Linux 6.1), "" without one.
	Missing string
	// Policy is what the kernel allows at Attr (NLMSGERR_ATTR_POLICY, Linux
	// 5.10), nil if it does not say.
	Policy *Policy
	// Cookie is NLMSGERR_ATTR_COOKIE, nil without one.
	Cookie []byte
	// Needs says what the kernel was probably built without, "" if that is
	// unknown: `type "vlan" needs CONFIG_VLAN_8021Q, the kernel's module
	// 8021q`.
	Needs string
	// Err is the cause if there is no errno: ErrUnknown, ErrNotSent,
	// ErrDumpInterrupted, ErrMalformed, or a context's error.
	Err error

	deletes  bool
	protocol int
}

// A Warning is a message that the kernel sent with the acknowledgement of a
// request that it carried out.
type Warning struct {
	// Op, Object and NetNS are as in an Error.
	Op, Object, NetNS string
	// Message is the kernel's sentence (NLMSGERR_ATTR_MSG), safe to print.
	Message string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Object != "" {
		b.WriteByte(' ')
		b.WriteString(e.Object)
	}
	if e.NetNS != "" {
		b.WriteString(" in ")
		b.WriteString(quote(e.NetNS))
	}
	b.WriteString(": ")
	if e.Errno == 0 {
		b.WriteString(e.Err.Error())
		return b.String()
	}
	switch {
	case e.Message != "":
		b.WriteString(printable(e.Message))
	case e.hint() != "":
		b.WriteString(e.hint())
	default:
		b.WriteString(e.Errno.Error())
	}
	b.WriteString(" (")
	b.WriteString(errnoName(e.Errno))
	if e.Attr != "" {
		b.WriteString(", at ")
		b.WriteString(e.Attr)
	}
	if e.Policy != nil {
		b.WriteString(", ")
		b.WriteString(e.Policy.String())
	}
	if e.Missing != "" {
		b.WriteString(", ")
		b.WriteString(e.Missing)
		b.WriteString(" is missing")
	}
	b.WriteByte(')')
	if e.Needs != "" {
		b.WriteString(": ")
		b.WriteString(e.Needs)
	}
	return b.String()
}

// hint returns a sentence for what the kernel often reports only as a number.
func (e *Error) hint() string {
	if e.protocol != unix.NETLINK_ROUTE && e.Errno != unix.EPERM {
		return ""
	}
	switch e.Errno {
	case unix.EPERM:
		if strings.HasSuffix(e.Op, " FDB entry") {
			// See fdb_add_entry in net/bridge/br_fdb.c.
			return "this needs CAP_NET_ADMIN, and a port whose STP state allows entries that age"
		}
		return "CAP_NET_ADMIN over this network namespace is needed"
	case unix.EEXIST:
		if e.Op == "create link" {
			return "a link with this name or index exists already"
		}
	case unix.ENODEV:
		return "no such link"
	case unix.ENOENT:
		if e.deletes && strings.HasSuffix(e.Op, " FDB entry") {
			return "no such FDB entry"
		}
	case unix.ESRCH:
		if e.deletes {
			return "no such " + strings.TrimPrefix(e.Op, "delete ")
		}
	case unix.EADDRNOTAVAIL:
		if e.deletes {
			return "no such address"
		}
	case unix.EXFULL:
		return "the bridge is full: it can have at most 1023 ports"
	}
	return ""
}

// errnoName returns the errno's name in the kernel's own sources. Of the two
// names of 95, they use EOPNOTSUPP.
func errnoName(e unix.Errno) string {
	if e == unix.EOPNOTSUPP {
		return "EOPNOTSUPP"
	}
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return "errno " + itoa(uint64(e))
}

// Unwrap returns the errno, or the cause if there is none.
func (e *Error) Unwrap() error {
	if e.Errno != 0 {
		return e.Errno
	}
	return e.Err
}

// Is extends what the errno itself matches. If an object does not exist,
// rtnetlink answers ENODEV for a link, ESRCH for a route, and EADDRNOTAVAIL for
// an address to delete. EAFNOSUPPORT and EPROTONOSUPPORT mean that the kernel
// was built without it, as does ENOENT with a sentence for a kind of qdisc.
func (e *Error) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.Errno == unix.ENODEV || e.Errno == unix.ENXIO || e.Errno == unix.ESRCH ||
			e.deletes && e.Errno == unix.EADDRNOTAVAIL
	case ErrNotSupported:
		return e.Errno == unix.EAFNOSUPPORT || e.Errno == unix.EPROTONOSUPPORT ||
			e.Errno == unix.ENOENT && e.Message == unknownQdisc
	}
	return false
}

// A Policy is what the kernel allows for an attribute that it refused.
type Policy struct {
	// Type is one of NL_ATTR_TYPE_* (include/uapi/linux/netlink.h).
	Type uint32
	// Min and Max bound a number.
	Min, Max Opt[int64]
	// MaxUnsigned is the upper bound of an unsigned number.
	MaxUnsigned Opt[uint64]
	// MinLength and MaxLength bound a payload, in bytes.
	MinLength, MaxLength Opt[uint32]
	// Mask has the bits that may be set.
	Mask Opt[uint64]
}

// String returns the bounds in words.
func (p *Policy) String() string {
	var parts []string
	if v, ok := p.Min.Get(); ok {
		parts = append(parts, "at least "+signed(v))
	}
	if v, ok := p.MaxUnsigned.Get(); ok {
		parts = append(parts, "at most "+itoa(v))
	} else if v, ok := p.Max.Get(); ok {
		parts = append(parts, "at most "+signed(v))
	}
	if v, ok := p.MinLength.Get(); ok {
		parts = append(parts, "at least "+itoa(uint64(v))+" bytes")
	}
	if v, ok := p.MaxLength.Get(); ok {
		parts = append(parts, "at most "+itoa(uint64(v))+" bytes")
	}
	if v, ok := p.Mask.Get(); ok {
		parts = append(parts, "bits within "+hexNum(v))
	}
	if len(parts) == 0 {
		return "attribute type " + itoa(uint64(p.Type)) + " expected"
	}
	return strings.Join(parts, ", ")
}

// newError returns the error for request, a whole message, that failed with
// errno and the ext-ack of reply.
func (c *Conn) newError(request encoded, errno unix.Errno, ack extAck, cause error) *Error {
	e := &Error{
		NetNS: c.name, Errno: errno, Err: cause, protocol: c.protocol,
		Message: ack.message, Policy: ack.policy, Cookie: ack.cookie,
	}
	if c.protocol == unix.NETLINK_ROUTE {
		e.Op, e.Object, e.deletes = describe(request)
		e.Needs = needs(request.b, errno, ack.message)
	} else {
		e.Op, e.Object = "send", "a malformed message"
		if m, _, err := nextMessage(request.b); err == nil {
			e.Object = nlspec.MessageName(c.protocol, m.Type)
		}
	}
	if off, ok := ack.offset.Get(); ok {
		e.Attr = nlspec.AttrPath(c.protocol, request.b, int(off))
	}
	if typ, ok := ack.missType.Get(); ok {
		e.Missing = nlspec.MissingPath(c.protocol, request.b, int(ack.missNest.Or(0)), uint16(typ))
	}
	return e
}
