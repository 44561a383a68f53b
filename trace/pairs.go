package trace

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// maxPending bounds the requests of one socket that wait for answers; the
// oldest are forgotten.
const maxPending = 4096

// pairs finds the request that a reply answers, by its sequence number.
type pairs struct {
	sent  map[uint32]pending
	order []uint32 // keys of sent, the oldest first, including some that were answered meanwhile
	heard bool     // something has been received
}

type pending struct {
	at   time.Time
	asks bool // the request asks for an acknowledgement or a dump
}

// headers calls a function with each message's header.
func headers(data []byte, each func(nlspec.Header)) {
	for len(data) >= unix.NLMSG_HDRLEN {
		h, ok := nlspec.ParseHeader(data)
		if !ok || h.Len < unix.NLMSG_HDRLEN {
			return
		}
		each(h)
		if uint64(h.Len) >= uint64(len(data)) {
			return
		}
		data = data[min(int(h.Len+3)&^3, len(data)):]
	}
}

// request remembers the requests of a datagram that was sent.
func (p *pairs) request(data []byte, at time.Time) {
	headers(data, func(h nlspec.Header) {
		if h.Flags&unix.NLM_F_REQUEST == 0 {
			return
		}
		if p.sent == nil {
			p.sent = map[uint32]pending{}
		}
		if _, ok := p.sent[h.Seq]; !ok {
			p.order = append(p.order, h.Seq)
		}
		dump := h.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP
		p.sent[h.Seq] = pending{at: at, asks: dump || h.Flags&unix.NLM_F_ACK != 0}
		for len(p.order) > maxPending {
			delete(p.sent, p.order[0])
			p.order = p.order[1:]
		}
	})
}

// reply returns how long after the request of its first message a datagram was
// received, or 0 if it answers none. An acknowledgement, an error and the end
// of a dump settle their requests.
func (p *pairs) reply(data []byte, own uint32, at time.Time) (after time.Duration) {
	p.heard = true
	headers(data, func(h nlspec.Header) {
		q, ok := p.sent[h.Seq]
		if !ok || h.PID != own {
			return
		}
		if after == 0 {
			after = at.Sub(q.at)
		}
		if h.Type == unix.NLMSG_ERROR || h.Type == unix.NLMSG_DONE {
			delete(p.sent, h.Seq)
			if len(p.sent) == 0 {
				p.order = nil
			}
		}
	})
	return after
}

// unanswered returns the number of requests that asked for an answer, if
// nothing at all was received.
func (p *pairs) unanswered() (n int) {
	if p.heard {
		return 0
	}
	for _, q := range p.sent {
		if q.asks {
			n++
		}
	}
	return n
}
