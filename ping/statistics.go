package ping

import (
	"math"
	"time"
)

// Statistics sum up a run. Times have iputils' precision of one microsecond.
type Statistics struct {
	// Transmitted counts requests, including those that the kernel refused to
	// send.
	Transmitted int
	// Received counts requests that were answered.
	Received int
	// Duplicates counts further replies to answered requests.
	Duplicates int
	// Errors counts ICMP error messages and errors of the socket's error queue.
	Errors int
	// Time is the time from the start of the run to the last request.
	Time time.Duration
	// Timed is the number of replies, including duplicates, with a round-trip
	// time. While it is 0, so are the five times below.
	Timed int
	// Min, Avg and Max are round-trip times; Mdev is their standard deviation.
	Min, Avg, Max, Mdev time.Duration
	// EWMA is a moving average in which each new time weighs an eighth.
	EWMA time.Duration
	// Pipe is the largest number of requests that were on their way at once, as
	// far as replies and, over IPv4, ICMP errors show; 0 without any.
	Pipe int

	sum, sum2 float64 // microseconds, and their squares
	rtt       int64   // EWMA in eighths of a microsecond
}

// Loss returns the percentage of requests without a reply, 0 if none was sent.
func (s Statistics) Loss() float64 {
	if s.Transmitted == 0 {
		return 0
	}
	// iputils prints a float, not a double.
	return float64(float32(float64(s.Transmitted-s.Received) * 100 / float64(s.Transmitted)))
}

// addRTT adds a round-trip time. As in iputils, average and deviation include
// duplicates and are rounded down.
func (s *Statistics) addRTT(d time.Duration) {
	us := d.Microseconds()
	s.Timed++
	if s.Timed == 1 || d < s.Min {
		s.Min = d
	}
	s.Max = max(s.Max, d)
	s.sum += float64(us)
	s.sum2 += float64(us) * float64(us)
	if s.rtt == 0 {
		s.rtt = us * 8
	} else {
		s.rtt += us - s.rtt/8
	}
	s.EWMA = time.Duration(s.rtt/8) * time.Microsecond

	n := float64(s.Timed)
	avg := math.Floor(s.sum / n)
	var variance float64
	if s.sum < math.MaxInt32 {
		// Dividing last keeps small times exact.
		variance = (s.sum2 - s.sum*s.sum/n) / n
	} else {
		variance = s.sum2/n - avg*avg
	}
	s.Avg = time.Duration(avg) * time.Microsecond
	s.Mdev = time.Duration(math.Sqrt(math.Floor(max(variance, 0)))) * time.Microsecond
}

// A window records what happened to the last 65536 requests.
type window struct {
	sent     []time.Time // by (sequence number - 1) modulo 65536
	answered [1 << 16 / 64]uint64
	acked    uint16 // the highest sequence number that anything arrived for
	pipe     int
}

// transmit records a request, numbered from 1, and when it was sent.
func (w *window) transmit(n int, at time.Time) {
	seq := uint16(n)
	w.answered[seq/64] &^= 1 << (seq % 64)
	if i := int(seq - 1); i < len(w.sent) {
		w.sent[i] = at
	} else {
		w.sent = append(w.sent, at)
	}
	// Keep acked at most half the number space behind.
	if seq-w.acked > math.MaxInt16 {
		w.acked = seq + 1
	}
}

// sentAt returns when seq was last sent. It is false if it was not.
func (w *window) sentAt(seq uint16) (time.Time, bool) {
	i := int(seq - 1)
	if i >= len(w.sent) {
		return time.Time{}, false
	}
	return w.sent[i], true
}

// answer marks seq as answered and returns whether it already was.
func (w *window) answer(seq uint16) (before bool) {
	word, bit := &w.answered[seq/64], uint64(1)<<(seq%64)
	before = *word&bit != 0
	*word |= bit
	return before
}

// isAnswered reports whether seq was answered.
func (w *window) isAnswered(seq uint16) bool { return w.answered[seq/64]&(1<<(seq%64)) != 0 }

// acknowledge records that something arrived for seq, with n requests sent so
// far.
func (w *window) acknowledge(n int, seq uint16) {
	behind := uint16(n) - seq
	if behind > math.MaxInt16 {
		return
	}
	w.pipe = max(w.pipe, int(behind)+1)
	if int16(seq-w.acked) > 0 || uint16(n)-w.acked > math.MaxInt16 {
		w.acked = seq
	}
}

// inFlight is the number of requests after the last one that something arrived
// for.
func (w *window) inFlight(n int) int {
	if behind := uint16(n) - w.acked; behind <= math.MaxInt16 {
		return int(behind)
	}
	return 0
}
