package iproute

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// metricUnit is how the value of a metric is written.
type metricUnit uint8

const (
	metricNumber metricUnit = iota
	metricFlag              // 0 or 1
	metricTime              // see routeMetric.perMS
	metricFeatures
	metricText
)

// routeMetric is one of RTAX_*, with its word in ip-route(8).
type routeMetric struct {
	typ  uint16
	word string
	unit metricUnit
	// max bounds a number.
	max uint64
	// perMS is the number of kernel units in a millisecond.
	perMS uint32
	// locks says that "lock" may precede the value.
	locks bool
	field func(*rtnl.RouteMetrics) *uint32
}

type routeMX = rtnl.RouteMetrics

// routeMetrics are in the kernel's order, which is also that of the output.
var routeMetrics = []routeMetric{
	{unix.RTAX_MTU, "mtu", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.MTU }},
	{unix.RTAX_WINDOW, "window", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.Window }},
	{unix.RTAX_RTT, "rtt", metricTime, 0, 8, true, func(m *routeMX) *uint32 { return &m.RTT }},
	{unix.RTAX_RTTVAR, "rttvar", metricTime, 0, 4, true, func(m *routeMX) *uint32 { return &m.RTTVar }},
	{unix.RTAX_SSTHRESH, "ssthresh", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.SSThresh }},
	{unix.RTAX_CWND, "cwnd", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.CWND }},
	{unix.RTAX_ADVMSS, "advmss", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.AdvMSS }},
	{unix.RTAX_REORDERING, "reordering", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.Reordering }},
	{unix.RTAX_HOPLIMIT, "hoplimit", metricNumber, 255, 0, true, func(m *routeMX) *uint32 { return &m.HopLimit }},
	{unix.RTAX_INITCWND, "initcwnd", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.InitCWND }},
	{unix.RTAX_FEATURES, "features", metricFeatures, 0, 0, false, func(m *routeMX) *uint32 { return &m.Features }},
	// ip(8) always locks a minimum timeout.
	{unix.RTAX_RTO_MIN, "rto_min", metricTime, 0, 1, false, func(m *routeMX) *uint32 { return &m.RTOMin }},
	{unix.RTAX_INITRWND, "initrwnd", metricNumber, math.MaxUint32, 0, true, func(m *routeMX) *uint32 { return &m.InitRWND }},
	{unix.RTAX_QUICKACK, "quickack", metricFlag, 1, 0, false, func(m *routeMX) *uint32 { return &m.QuickACK }},
	{unix.RTAX_CC_ALGO, "congctl", metricText, 0, 0, true, nil},
	{unix.RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie", metricFlag, 1, 0, false, func(m *routeMX) *uint32 { return &m.FastOpenNoCookie }},
}

// rtaxFeatureECN is RTAX_FEATURE_ECN (include/uapi/linux/rtnetlink.h).
const rtaxFeatureECN = 1

// routeMetric takes the value of a metric. It reports whether word is a metric.
func (w *words) routeMetric(word string, r *rtnl.Route) bool {
	i := slices.IndexFunc(routeMetrics, func(m routeMetric) bool { return m.word == word })
	if i < 0 {
		return false
	}
	mx := &routeMetrics[i]
	if r.Metrics == nil {
		r.Metrics = &rtnl.RouteMetrics{}
	}
	if mx.locks && w.is("lock") || mx.typ == unix.RTAX_RTO_MIN {
		r.Metrics.Lock |= 1 << mx.typ
	}
	switch mx.unit {
	case metricText:
		if r.Metrics.Congestion = w.need("the name of a congestion control"); r.Metrics.Congestion == "" {
			w.bad("the name of a congestion control, such as cubic")
		}
	case metricFeatures:
		if w.need(`the feature "ecn"`) != "ecn" {
			w.bad(`the feature "ecn"`)
		}
		r.Metrics.Features |= rtaxFeatureECN
	case metricTime:
		*mx.field(r.Metrics) = w.metricTime(mx)
	default:
		*mx.field(r.Metrics) = uint32(w.number(word, 0, mx.max))
	}
	return true
}

// metricTime takes a time, either with a suffix or in the kernel's unit.
func (w *words) metricTime(mx *routeMetric) uint32 {
	s := w.need("a time, such as 20ms")
	if w.err != nil {
		return 0
	}
	v, ok := parseMetricTime(s, mx.perMS)
	if !ok {
		w.bad(`%s, a time: a number and "s" or "ms", or one without a suffix in units of 1/%d ms`, mx.word, mx.perMS)
	}
	return v
}

// parseMetricTime reads a time and rounds it up. With a suffix, it is rounded
// to whole milliseconds, as in get_time_rtt in lib/utils.c. Without a decimal
// point, parseUint reads the number, so 010 is 8.
func parseMetricTime(s string, perMS uint32) (uint32, bool) {
	digits := "0123456789."
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		digits = "0123456789abcdefABCDEFxX"
	}
	end := len(s) - len(strings.TrimLeft(s, digits))
	var t float64
	if strings.Contains(s[:end], ".") {
		f, err := strconv.ParseFloat(s[:end], 64)
		if err != nil {
			return 0, false
		}
		t = f
	} else {
		n, err := parseUint(s[:end])
		if err != nil {
			return 0, false
		}
		t = float64(n)
	}
	factor := float64(perMS)
	switch strings.ToLower(s[end:]) {
	case "":
		factor = 1
	case "s", "sec", "secs":
		t *= 1000
	case "ms", "msec", "msecs":
	default:
		return 0, false
	}
	t = math.Ceil(t) * factor
	return uint32(t), t <= math.MaxUint32
}

// formatMetrics returns the words for metrics. It is false for locks and
// features that ip(8) cannot set.
func formatMetrics(m *rtnl.RouteMetrics) (out []string, ok bool) {
	lock := m.Lock
	for i := range routeMetrics {
		mx := &routeMetrics[i]
		locked := lock>>mx.typ&1 != 0
		lock &^= 1 << mx.typ
		value := ""
		if mx.unit == metricText {
			value = m.Congestion
		} else if v := *mx.field(m); v != 0 || locked {
			value = mx.format(v)
		}
		if value == "" {
			if locked {
				return nil, false
			}
			continue
		}
		out = append(out, mx.word)
		switch {
		case mx.typ == unix.RTAX_RTO_MIN && !locked, locked && !mx.locks && mx.typ != unix.RTAX_RTO_MIN,
			mx.unit == metricFeatures && m.Features != rtaxFeatureECN, mx.unit == metricFlag && value != "1":
			return nil, false
		case locked && mx.locks:
			out = append(out, "lock")
		}
		out = append(out, value)
	}
	return out, lock == 0
}

// format returns the value of a metric as a word.
func (mx *routeMetric) format(v uint32) string {
	switch {
	case mx.unit == metricFeatures:
		return "ecn"
	case mx.unit == metricTime && v%mx.perMS == 0:
		return strconv.FormatUint(uint64(v/mx.perMS), 10) + "ms"
	}
	return strconv.FormatUint(uint64(v), 10)
}

// routeMetrics writes the metrics of a route.
func (p *printer) routeMetrics(m *rtnl.RouteMetrics) {
	p.array("metrics", "")
	p.open("")
	for i := range routeMetrics {
		mx := &routeMetrics[i]
		locked := m.Lock>>mx.typ&1 != 0
		var v uint32
		present := m.Congestion != ""
		if mx.field != nil {
			v = *mx.field(m)
			present = v != 0
		}
		// -1 stands for the interface's own hop limit.
		if !present && !locked || mx.typ == unix.RTAX_HOPLIMIT && v == math.MaxUint32 {
			continue
		}
		p.text("%s ", mx.word)
		if locked {
			p.text("lock ")
		}
		switch mx.unit {
		case metricText:
			p.str("congestion", "%s ", m.Congestion)
		case metricFeatures:
			if v&rtaxFeatureECN != 0 {
				p.null("ecn", "ecn ")
			}
			if v&^rtaxFeatureECN != 0 {
				p.str("features", "%s ", "0x"+strconv.FormatUint(uint64(v), 16))
			}
		case metricTime:
			v /= mx.perMS
			if p.isJSON() {
				p.jnum(mx.word, uint64(v))
			} else if v >= 1000 {
				p.text("%ss ", strconv.FormatFloat(float64(v)/1000, 'g', 6, 64))
			} else {
				p.text("%dms ", v)
			}
		default:
			p.num(mx.word, "%d ", uint64(v))
		}
	}
	p.end()
	p.endArray("")
}
