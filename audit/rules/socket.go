package rules

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// socketKey identifies a socket by the best information that a recording has.
type socketKey struct {
	inode    uint64
	netns    string
	protocol int
	port     uint32
	pid, fd  int
}

func keyOf(e *audit.Event) socketKey {
	switch {
	case e.Inode != 0:
		return socketKey{inode: e.Inode}
	case e.FD >= 0 && e.PID != 0: // these are known before the port ID
		return socketKey{pid: e.PID, fd: e.FD, protocol: e.Protocol}
	case e.PortID != 0:
		return socketKey{netns: e.NetNS, protocol: e.Protocol, port: e.PortID}
	}
	return socketKey{netns: e.NetNS, protocol: e.Protocol, fd: -1}
}

// anonymous reports whether the key may stand for several sockets.
func (k socketKey) anonymous() bool { return k.inode == 0 && k.port == 0 && k.pid == 0 }

// socket is what is known of a socket.
type socket struct {
	key      socketKey
	protocol int
	port     uint32 // its port ID, 0 as long as it is not known
	options  map[int]int32
	to       *audit.Address  // the address set by connect(2); nil is the kernel
	groups   map[uint32]bool // numbers of the multicast groups that it is in
	heard    bool            // it has received something
	gone     bool

	requests map[uint32]*request // those that may still be answered, by sequence number
	asked    []*request          // the same in their order, including some that are answered
	dump     *request            // the dump that has not ended
}

// socket returns the socket of an event. It is new if it was not seen before or
// is opened again.
func (j *Judge) socket(e *audit.Event) *socket {
	key := keyOf(e)
	s := j.sockets[key]
	if s != nil && e.Op == audit.OpSocket {
		j.close(s)
		s = nil
	}
	if s == nil {
		s = &socket{key: key, protocol: e.Protocol, options: map[int]int32{}, requests: map[uint32]*request{}}
		j.sockets[key] = s
		j.order = append(j.order, s)
		if len(j.order) > 2*len(j.sockets)+64 {
			j.forgetClosed()
		}
		if len(j.sockets) > maxSockets {
			j.close(j.order[0])
			j.forgetClosed()
		}
	}
	return s
}

// forgetClosed removes closed sockets from order.
func (j *Judge) forgetClosed() {
	kept := j.order[:0]
	for _, s := range j.order {
		if !s.gone {
			kept = append(kept, s)
		}
	}
	clear(j.order[len(kept):])
	j.order = kept
}

// note updates the socket from an event.
func (s *socket) note(e *audit.Event) {
	if e.PortID != 0 {
		s.port = e.PortID
	}
	if e.Errno != 0 {
		return
	}
	switch e.Op {
	case audit.OpBind:
		// These groups replace earlier ones: netlink_bind() in
		// net/netlink/af_netlink.c.
		for i := range uint32(32) {
			s.join(i+1, e.Address != nil && e.Address.Groups&(1<<i) != 0)
		}
	case audit.OpConnect:
		s.to = nil // AF_UNSPEC
		if e.Address != nil {
			to := *e.Address
			s.to = &to
		}
	case audit.OpSetsockopt:
		if n, ok := e.Int(); ok && e.Level == unix.SOL_NETLINK {
			s.options[e.Option] = n
			switch e.Option {
			case unix.NETLINK_ADD_MEMBERSHIP:
				s.join(uint32(n), true)
			case unix.NETLINK_DROP_MEMBERSHIP:
				s.join(uint32(n), false)
			}
		}
	case audit.OpFound:
		for _, group := range e.Groups {
			s.join(group, true)
		}
	case audit.OpReceive:
		s.heard = true
	}
}

// join notes that the socket has joined or left a group.
func (s *socket) join(group uint32, in bool) {
	switch {
	case !in:
		delete(s.groups, group)
	case s.groups == nil:
		s.groups = map[uint32]bool{group: true}
	case len(s.groups) < maxGroups:
		s.groups[group] = true
	}
}

// request is a message that was sent and may be answered.
type request struct {
	place
	seq     uint32
	typ     uint16
	name    string
	family  uint8  // the first byte of its header: in rtnetlink, the address family
	dump    bool   // it asks for a table
	ack     bool   // it asks for an acknowledgement (NLM_F_ACK)
	get     bool   // it asks for an object
	replied bool   // something was received for it
	done    bool   // its answer is complete
	data    []byte // the message, unless it is too long; nil once it is done
	told    bool   // filter-ignored has reported it
}

// asks reports whether the kernel answers even without an error.
func (r *request) asks() bool { return r.dump || r.ack || r.get }

// ask remembers a request.
func (s *socket) ask(r *request) {
	if r == nil {
		return
	}
	if old := s.requests[r.seq]; old != nil {
		old.done = true
	}
	s.requests[r.seq] = r
	s.asked = append(s.asked, r)
	if r.dump {
		s.dump = r
	}
	for len(s.asked) > 0 && (s.asked[0].done || len(s.requests) > maxRequests) {
		s.settle(s.asked[0])
		s.asked = s.asked[1:]
	}
	// A request that is never answered may precede many that are.
	if len(s.asked) > 2*len(s.requests)+64 {
		s.asked = slices.DeleteFunc(s.asked, func(r *request) bool { return r.done })
	}
}

// answer notes that a message answers a request.
func (s *socket) answer(m *message) {
	if m.req == nil {
		return
	}
	m.req.replied = true
	if m.final {
		s.settle(m.req)
	}
}

// settle forgets a request whose answer is complete.
func (s *socket) settle(r *request) {
	r.done, r.data = true, nil
	if s.requests[r.seq] == r {
		delete(s.requests, r.seq)
	}
	if s.dump == r {
		s.dump = nil
	}
}
