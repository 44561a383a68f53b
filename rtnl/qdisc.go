package rtnl

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// A TCHandle names a qdisc or one of its classes: the major number in the upper
// 16 bits, the minor one in the lower 16. That of a qdisc has minor 0
// (include/uapi/linux/pkt_sched.h).
type TCHandle uint32

// Parents that are not a class.
const (
	// TCRoot is TC_H_ROOT, the place of the qdisc that a link sends through.
	TCRoot TCHandle = 0xffffffff
	// TCIngress is TC_H_INGRESS, the place of ingress and clsact.
	TCIngress TCHandle = 0xfffffff1
)

// NewTCHandle returns the handle of a qdisc, with minor 0, or of a class.
func NewTCHandle(major, minor uint16) TCHandle { return TCHandle(major)<<16 | TCHandle(minor) }

// Major returns the upper 16 bits.
func (h TCHandle) Major() uint16 { return uint16(h >> 16) }

// Minor returns the lower 16 bits.
func (h TCHandle) Minor() uint16 { return uint16(h) }

// String returns the handle as tc(8) writes it, in hexadecimal: "1:", "1:10",
// "root", "none" for 0. TCIngress is "ffff:fff1".
func (h TCHandle) String() string {
	switch {
	case h == TCRoot:
		return "root"
	case h == 0:
		return "none"
	}
	s := ":"
	if h.Major() != 0 {
		s = strconv.FormatUint(uint64(h.Major()), 16) + s
	}
	if h.Minor() != 0 {
		s += strconv.FormatUint(uint64(h.Minor()), 16)
	}
	return s
}

// A QdiscKind is a kind of queueing discipline with its options.
type QdiscKind interface {
	// Kind returns the name of the kind, TCA_KIND.
	Kind() string
	// EncodeOptions appends the payload of TCA_OPTIONS.
	EncodeOptions(e *Encoder)
}

// PlainQdisc returns a kind without options, which the kernel chooses:
// "pfifo_fast", "fq_codel".
func PlainQdisc(kind string) QdiscKind { return plainQdisc(kind) }

type plainQdisc string

func (k plainQdisc) Kind() string           { return string(k) }
func (k plainQdisc) EncodeOptions(*Encoder) {}

// QdiscAdd creates or changes a queueing discipline.
type QdiscAdd struct {
	// Link is the link that it belongs to.
	Link LinkRef
	// Parent is the class that it is put into, 0 for TCRoot.
	Parent TCHandle
	// Handle is its own, with minor 0. If it is 0, the kernel chooses one from
	// 8000: up; a ModeChange or ModeReplace then is about what the parent has.
	Handle TCHandle
	// Kind is its kind. The kernel keeps options that a change does not give,
	// as far as a kind's documentation does not say otherwise.
	Kind QdiscKind
	// Mode is ModeAdd, ModeReplace or ModeChange. If the parent has a qdisc,
	// ModeAdd fails with an error that matches fs.ErrExist, unless the kernel
	// has made it by itself (Qdisc.IsDefault). ModeReplace changes one of the
	// same kind, and puts a new one in the place of another kind, or if nothing
	// on the link has Handle yet: the link is never without one. ModeChange
	// fails with ENOENT if there is none (tc_modify_qdisc in
	// net/sched/sch_api.c).
	Mode Mode
}

// QdiscDel removes a queueing discipline with all that is in it. The kernel
// puts the link's default in the place of the root. If there is none, or none
// but the default, the error matches fs.ErrNotExist.
type QdiscDel struct {
	// Link is the link that it belongs to.
	Link LinkRef
	// Parent is where it is, 0 for TCRoot.
	Parent TCHandle
	// Handle is its own, 0 for any.
	Handle TCHandle
}

// QdiscDump lists queueing disciplines. Conn.Qdiscs runs it.
type QdiscDump struct {
	// Index limits the list to a link, 0 for all.
	Index uint32
	// Invisible also lists those that the kernel hides, such as the defaults of
	// classes (TCA_DUMP_INVISIBLE, Linux 4.11).
	Invisible bool
}

const tcmsgLen = 20 // struct tcmsg, include/uapi/linux/rtnetlink.h

// Attributes of a qdisc (include/uapi/linux/rtnetlink.h).
const (
	tcaKind          = 1  // TCA_KIND
	tcaOptions       = 2  // TCA_OPTIONS
	tcaStats2        = 7  // TCA_STATS2
	tcaDumpInvisible = 10 // TCA_DUMP_INVISIBLE
)

// Encode implements Request.
func (r *QdiscAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWQDISC, r.Mode.flags(e, "qdisc", ModeChange))
	e.tcmsg("qdisc", r.Link, r.Handle, r.Parent)
	if r.Kind == nil {
		e.Fail("qdisc: no kind given")
		return
	}
	e.String(tcaKind, r.Kind.Kind())
	mark := e.NestPlain(tcaOptions)
	r.Kind.EncodeOptions(e)
	if len(e.buf) == mark+nlaHdrLen {
		e.buf = e.buf[:mark] // a kind without options refuses an empty attribute
		return
	}
	e.EndNest(mark)
}

// Encode implements Request.
func (r *QdiscDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELQDISC, 0)
	e.tcmsg("qdisc", r.Link, r.Handle, r.Parent)
}

// Encode implements Request.
func (r *QdiscDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETQDISC, unix.NLM_F_DUMP)
	e.Header(0, 0, 0, 0)
	e.HeaderLink(LinkIndex(r.Index))
	e.Header(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if r.Invisible {
		e.Flag(tcaDumpInvisible)
	}
}

// tcmsg appends a struct tcmsg about something of a link.
func (e *Encoder) tcmsg(what string, link LinkRef, handle, parent TCHandle) {
	if link.IsZero() {
		e.Fail("%s: no link given: an index or a name", what)
	}
	if handle.Minor() != 0 {
		e.Fail("%s: handle %s has a minor number", what, handle)
	}
	if parent == 0 {
		parent = TCRoot
	}
	e.Header(unix.AF_UNSPEC, 0, 0, 0)
	e.HeaderLink(link)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, uint32(handle))
	e.buf = binary.NativeEndian.AppendUint32(e.buf, uint32(parent))
	e.Header(0, 0, 0, 0)
}
