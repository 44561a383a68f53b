package ynl

import (
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// operations builds the messages.
func (s *spec) operations(f *nlspec.Family) {
	ops := s.root.get("operations")
	number := s.unified
	switch model := ops.text("enum-model"); model {
	case "", "unified":
	case "directional":
		number = s.directional
	default:
		ops.get("enum-model").fail("there is no model %q; the models are unified and directional", model)
	}
	list := ops.get("list").list()
	byName := index(ops.get("list"))
	prefix := upper(s.name + "-cmd-")
	if ops.has("name-prefix") {
		prefix = upper(ops.text("name-prefix"))
	}
	async := prefix
	if ops.has("async-prefix") {
		async = upper(ops.text("async-prefix"))
	}
	next, apart := numbers{1, 1}, true
	var all []operation
	for _, op := range list {
		this := operation{node: op, name: prefix + upper(op.name("name")), async: op.has("notify") || op.has("event")}
		if this.async {
			this.name = async + upper(op.name("name"))
		}
		this.numbers, next = number(op, next)
		this.attrs, this.header = s.operationSet(op, byName), s.header(op, ops)
		apart = apart && !op.get("do").get("reply").has("value") && !op.get("dump").get("reply").has("value")
		all = append(all, this)
	}
	for _, op := range all {
		if op.request >= 0 {
			put(f.Requests, s.number(op.node, op.request), op.message(op.name))
		}
	}
	// A reply has the name of the operation with its number. If requests and
	// replies are numbered separately, or no operation has the number, it is
	// named after its request.
	var left []operation
	for _, op := range all {
		switch {
		case op.reply < 0:
		case op.async || op.request == op.reply && !(apart && ops.text("enum-model") == "directional"):
			put(f.Replies, s.number(op.node, op.reply), op.message(op.name))
		default:
			left = append(left, op)
		}
	}
	for _, op := range left {
		put(f.Replies, s.number(op.node, op.reply), op.message(op.name+"_REPLY"))
	}
}

// operation is an operation with its numbers.
type operation struct {
	node   node
	name   string
	async  bool // a notification or an event
	attrs  nlspec.Set
	header *nlspec.CStruct
	numbers
}

func (o *operation) message(name string) nlspec.Message {
	return nlspec.Message{Name: name, Header: o.header, Attrs: o.attrs}
}

// numbers are the numbers of an operation's request and of its reply, or -1.
type numbers struct{ request, reply int64 }

// unified numbers an operation where requests and replies share their numbers.
func (s *spec) unified(op node, next numbers) (this, after numbers) {
	n := op.number("value", next.request, 0, 1<<16-1)
	return numbers{n, n}, numbers{n + 1, n + 1}
}

// directional numbers an operation where requests and replies are numbered
// separately. A notification is a reply without a request.
func (s *spec) directional(op node, next numbers) (this, after numbers) {
	mode := op.get("do")
	if mode.Node == nil {
		mode = op.get("dump")
	}
	switch {
	case op.has("notify") || op.has("event"):
		n := op.number("value", next.reply, 0, 1<<16-1)
		return numbers{-1, n}, numbers{next.request, n + 1}
	case mode.Node == nil:
		op.fail("the operation %q has neither do nor dump, nor is it a notification or an event", op.name("name"))
	}
	this.request = mode.get("request").number("value", next.request, 0, 1<<16-1)
	this.reply = mode.get("reply").number("value", next.reply, 0, 1<<16-1)
	after = numbers{this.request + 1, this.reply + 1}
	if !mode.has("reply") {
		after.reply, this.reply = this.reply, -1
	}
	return this, after
}

// number checks the number of a command or of a message type.
func (s *spec) number(op node, n int64) uint16 {
	last := int64(1<<16 - 1)
	if s.protocol == unix.NETLINK_GENERIC {
		last = 1<<8 - 1
	}
	if n > last {
		op.fail("the operation %q has number %d; the highest possible is %d", op.name("name"), n, last)
	}
	return uint16(n)
}

// put adds a message. If several have the same number, the first counts.
func put(messages map[uint16]nlspec.Message, n uint16, m nlspec.Message) {
	if _, ok := messages[n]; !ok {
		messages[n] = m
	}
}

// operationSet returns the attributes of an operation, or of the one that a
// notification reports.
func (s *spec) operationSet(op node, byName map[string]node) nlspec.Set {
	name := op.text("attribute-set")
	if told := op.text("notify"); name == "" && told != "" {
		other, ok := byName[told]
		if !ok {
			op.get("notify").fail("there is no operation %q", told)
		}
		name = other.text("attribute-set")
	}
	if name == "" {
		return nil
	}
	return s.setOf(op, name).attrs
}

// header returns the header of an operation's messages: its own or that of all
// operations, after genlmsghdr in generic netlink.
func (s *spec) header(op, ops node) *nlspec.CStruct {
	name, at := op.text("fixed-header"), op
	if name == "" {
		name, at = ops.text("fixed-header"), ops
	}
	var own *nlspec.CStruct
	if name != "" {
		own = s.structOf(at, name)
	}
	if s.protocol == unix.NETLINK_GENERIC {
		return nlspec.GenlHeader(own)
	}
	if own == nil {
		return &nlspec.CStruct{}
	}
	return own
}
