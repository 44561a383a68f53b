package iproute

import (
	"fmt"
	"strconv"

	"github.com/nslab/nslab/rtnl"
)

// linkStats writes a link's counters, and with "-s -s" also those of errors. It
// does not end the last line (print_stats64 in ip/ipaddress.c).
func (p *printer) linkStats(v *linkView, l *rtnl.Link) {
	s, ok := l.Stats()
	if !ok {
		return
	}
	if p.isJSON() {
		p.open("stats64")
		p.statsJSON(v, l, &s)
		p.end()
		return
	}
	t := statsTable{o: v.o, nl: p.nl, cols: [8]int{10, 7, 6, 7, 7, 7, 10, 9}}
	rx := [7]uint64{s.RxBytes, s.RxPackets, s.RxErrors, s.RxDropped, s.RxMissedErrors, s.Multicast, s.RxCompressed}
	tx := [7]uint64{s.TxBytes, s.TxPackets, s.TxErrors, s.TxDropped, s.TxCarrierErrors, s.Collisions, s.TxCompressed}
	rxErrors := [7]uint64{s.RxLengthErrors, s.RxCRCErrors, s.RxFrameErrors, s.RxFIFOErrors, s.RxOverErrors, s.RxNoHandler, s.RxOtherhostDropped}
	txErrors := [5]uint64{s.TxAbortedErrors, s.TxFIFOErrors, s.TxWindowErrors, s.TxHeartbeatErrors, uint64(l.CarrierChanges)}
	t.size(0, rx[:])
	t.size(0, tx[:])
	if v.o.Stats > 1 {
		t.size(1, rxErrors[:])
		// iproute2 computes their widths one column to the right of where it
		// prints them.
		t.size(2, txErrors[:])
	}
	t.head("RX: ", 4, "bytes", "packets", "errors", "dropped", "missed", "mcast", wordIf("compressed", s.RxCompressed))
	t.row(0, rx[:], s.RxCompressed != 0)
	if v.o.Stats > 1 {
		t.line()
		t.errorsHead("RX", "length", "crc", "frame", "fifo", "overrun")
		t.more(6, " nohandler", s.RxNoHandler)
		t.more(7, " otherhost", s.RxOtherhostDropped)
		t.line()
		t.pad(t.cols[0] + 5)
		t.numbers(1, rxErrors[:5])
		if s.RxNoHandler != 0 {
			t.number(6, s.RxNoHandler)
		}
		if s.RxOtherhostDropped != 0 {
			t.number(7, s.RxOtherhostDropped)
		}
	}
	t.line()
	t.head("TX: ", 4, "bytes", "packets", "errors", "dropped", "carrier", "collsns", wordIf("compressed", s.TxCompressed))
	t.row(0, tx[:], s.TxCompressed != 0)
	if v.o.Stats > 1 {
		t.line()
		t.errorsHead("TX", "aborted", "fifo", "window", "heartbt", "transns")
		t.line()
		t.pad(t.cols[0] + 5)
		t.numbers(1, txErrors[:])
	}
	p.w.Write(t.b)
}

func wordIf(word string, n uint64) string {
	if n == 0 {
		return ""
	}
	return word
}

// statsTable lays counters out in columns.
type statsTable struct {
	o    *Options
	nl   string
	cols [8]int // widths
	b    []byte
}

// size widens columns, from first on, for numbers. With -human that is not
// needed.
func (t *statsTable) size(first int, numbers []uint64) {
	if t.o.Human {
		return
	}
	for i, n := range numbers {
		if c := first + i; c < len(t.cols) {
			t.cols[c] = max(t.cols[c], len(strconv.FormatUint(n, 10)))
		}
	}
}

func (t *statsTable) line()     { t.b = append(t.b, t.nl...) }
func (t *statsTable) pad(n int) { t.b = fmt.Appendf(t.b, "%*s", n, "") }

// head starts a line of words. The first is narrower than its column.
func (t *statsTable) head(start string, narrower int, words ...string) {
	t.b = append(t.b, "    "+start...)
	for i, w := range words {
		if i > 0 {
			t.b = append(t.b, ' ')
		}
		width := t.cols[i]
		if i == 0 {
			width -= narrower
		}
		t.b = fmt.Appendf(t.b, "%*s", width, w)
	}
	t.line()
	t.b = append(t.b, "    "...)
}

func (t *statsTable) errorsHead(dir string, words ...string) {
	t.b = fmt.Appendf(t.b, "    %s errors:%*s", dir, t.cols[0]-10, "")
	for i, w := range words {
		t.b = fmt.Appendf(t.b, " %*s", t.cols[1+i], w)
	}
}

// more adds a column unless its number is 0.
func (t *statsTable) more(col int, word string, n uint64) {
	if n != 0 {
		t.b = fmt.Appendf(t.b, "%*s", t.cols[col]+1, word)
	}
}

// row writes numbers, the last one only if last is set.
func (t *statsTable) row(first int, numbers []uint64, last bool) {
	n := len(numbers)
	if !last {
		n--
	}
	t.numbers(first, numbers[:n])
}

func (t *statsTable) numbers(first int, numbers []uint64) {
	for i, n := range numbers {
		t.number(first+i, n)
	}
}

func (t *statsTable) number(col int, n uint64) {
	t.b = fmt.Appendf(t.b, "%*s ", t.cols[col], humanNumber(n, t.o))
}

// humanNumber writes a number. With -human it has three digits and a prefix,
// which with -iec stands for a power of 1024 (print_num in ip/ipaddress.c).
func humanNumber(n uint64, o *Options) string {
	base, suffix := uint64(1000), ""
	if o.IEC {
		base, suffix = 1024, "i"
	}
	if !o.Human || n < base {
		return strconv.FormatUint(n, 10)
	}
	const prefixes = "kMGTPE"
	unit, i := base, 0
	for ; n/base >= unit && i < len(prefixes)-1; i++ {
		unit *= base
	}
	precision := 2
	for digits := uint64(10); precision > 0 && n/unit >= digits; digits *= 10 {
		precision--
	}
	return fmt.Sprintf("%.*f%c%s", precision, float64(n)/float64(unit), prefixes[i], suffix)
}

func (p *printer) statsJSON(v *linkView, l *rtnl.Link, s *rtnl.LinkStats) {
	all := v.o.Stats > 1
	unlessZero := func(key string, n uint64) {
		if n != 0 {
			p.jnum(key, n)
		}
	}
	p.open("rx")
	p.jnum("bytes", s.RxBytes)
	p.jnum("packets", s.RxPackets)
	p.jnum("errors", s.RxErrors)
	p.jnum("dropped", s.RxDropped)
	p.jnum("over_errors", s.RxOverErrors)
	p.jnum("multicast", s.Multicast)
	unlessZero("compressed", s.RxCompressed)
	if all {
		p.jnum("length_errors", s.RxLengthErrors)
		p.jnum("crc_errors", s.RxCRCErrors)
		p.jnum("frame_errors", s.RxFrameErrors)
		p.jnum("fifo_errors", s.RxFIFOErrors)
		p.jnum("missed_errors", s.RxMissedErrors)
		unlessZero("nohandler", s.RxNoHandler)
		unlessZero("otherhost", s.RxOtherhostDropped)
	}
	p.end()
	p.open("tx")
	p.jnum("bytes", s.TxBytes)
	p.jnum("packets", s.TxPackets)
	p.jnum("errors", s.TxErrors)
	p.jnum("dropped", s.TxDropped)
	p.jnum("carrier_errors", s.TxCarrierErrors)
	p.jnum("collisions", s.Collisions)
	unlessZero("compressed", s.TxCompressed)
	if all {
		p.jnum("aborted_errors", s.TxAbortedErrors)
		p.jnum("fifo_errors", s.TxFIFOErrors)
		p.jnum("window_errors", s.TxWindowErrors)
		p.jnum("heartbeat_errors", s.TxHeartbeatErrors)
		p.jnum("carrier_changes", uint64(l.CarrierChanges))
	}
	p.end()
}
