package iproute

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// timestamp writes the time of an event (print_timestamp in lib/utils.c).
func timestamp(t time.Time, short bool) string {
	if short {
		return t.Format("[2006-01-02T15:04:05.000000] ")
	}
	return fmt.Sprintf("Timestamp: %s %d usec\n", t.Format(time.ANSIC), t.Nanosecond()/1000)
}

// listen opens a socket that listens in the namespace of the options.
func (s *Session) listen(o *Options, cfg rtnl.MonitorConfig) (*rtnl.Monitor, error) {
	cfg.Name, cfg.Observer, cfg.ReceiveBuffer = o.NetNS, s.Engine.Observer, o.RcvBuf
	if o.NetNS != "" {
		h, err := s.dir().Open(o.NetNS)
		if err != nil {
			return nil, &Error{Status: statusUsage, Err: err}
		}
		defer h.Close()
		cfg.NetNS = rtnl.NetNSFD(h.FD())
	}
	m, err := rtnl.Listen(&cfg)
	return m, failed(err)
}

// watch calls event for each notification of a monitor until the context ends.
// It reports what cannot be read, and goes on.
func (s *Session) watch(ctx context.Context, program string, m *rtnl.Monitor, event func(rtnl.Notification) error) error {
	for {
		n, err := m.Receive(ctx)
		switch {
		case err == nil:
			if err := event(n); err != nil {
				return failed(err)
			}
		case ctx.Err() != nil:
			return nil // the usual end
		case errors.Is(err, rtnl.ErrLost) || errors.Is(err, rtnl.ErrMalformed):
			s.tell(program, err) // what comes later can be read
		default:
			return err
		}
	}
}
