package audit

// Bounds on the requests that are remembered so that an error can name an
// attribute of one. There are two generations of requests, each with half of
// these.
const (
	maxPending      = 4096
	maxPendingBytes = 4 << 20
)

// requestKey is what an answer and its request have in common.
type requestKey struct {
	netns    string
	protocol int
	port     uint32
	seq      uint32
}

// pending remembers the last requests. When the newer generation is full, the
// older one is forgotten.
type pending struct{ newer, older requests }

// requests holds requests one after another in data.
type requests struct {
	at   map[requestKey]requestSpan
	data []byte
}

type requestSpan struct{ from, to int }

// add remembers a copy of a request.
func (p *pending) add(key requestKey, data []byte) {
	if len(data) > maxPendingBytes/2 {
		return
	}
	if len(p.newer.at) == 0 {
		p.newer.data = p.newer.data[:0]
	}
	if len(p.newer.at) >= maxPending/2 || len(p.newer.data)+len(data) > maxPendingBytes/2 {
		p.newer, p.older = p.older, p.newer
		clear(p.newer.at)
		p.newer.data = p.newer.data[:0]
	}
	if p.newer.at == nil {
		p.newer.at = map[requestKey]requestSpan{}
	}
	from := len(p.newer.data)
	p.newer.data = append(p.newer.data, data...)
	p.newer.at[key] = requestSpan{from, len(p.newer.data)}
}

// take returns a request and forgets it. It returns nil if there is no such
// request. The bytes are valid until the next add.
func (p *pending) take(key requestKey) []byte {
	for _, r := range [...]*requests{&p.newer, &p.older} {
		if at, ok := r.at[key]; ok {
			delete(p.newer.at, key)
			delete(p.older.at, key)
			return r.data[at.from:at.to]
		}
	}
	return nil
}
