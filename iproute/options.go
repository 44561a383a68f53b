package iproute

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Options are the options before the object of a command line.
type Options struct {
	// Family is AF_UNSPEC, AF_INET, AF_INET6, AF_PACKET ("-0"), AF_BRIDGE
	// ("-B") or AF_MPLS ("-M").
	Family uint8
	// NetNS is the namespace to work in, "" for the caller's own.
	NetNS string
	// All is "-all": every namespace, for "netns exec" and "netns delete".
	All bool

	JSON, Pretty, Brief, Oneline bool
	// Details and Stats count how often the option was given.
	Details, Stats int
	// Color asks for ANSI colours in text.
	Color bool
	// Timestamp and TimestampShort are for monitor.
	Timestamp, TimestampShort bool
	// Resolve asks for host names. Numeric asks for numbers instead of names.
	Resolve, Numeric bool
	// Human and IEC say how to print numbers of bytes.
	Human, IEC bool
	// Force continues a batch after an error.
	Force bool
	// Batch is the file to read commands from. "-" is standard input.
	Batch string
	// Loops bounds the rounds of a flush; 0 means no bound.
	Loops int
	// RcvBuf is the size of the receive buffer in bytes, 0 for the default.
	RcvBuf int
	// Version asks only for the version.
	Version bool
	// CompressVLANs shows successive VLANs as a range.
	CompressVLANs bool
	// Echo shows what the kernel reports as changed.
	Echo bool
	// Help asks only for the usage.
	Help bool
}

// An ExtraOption takes an option that the programs do not have. value returns
// the option's argument, and false if there is none. It reports whether it
// knows the option.
type ExtraOption func(option string, value func() (string, bool)) (known bool, err error)

// option is one option of a program: its name after "-", whether it may be
// abbreviated, and what it does.
type option struct {
	name  string
	exact bool
	set   func(o *Options, w *words)
}

// ipOptions are in the order in which iproute2 6.1 looks for a match (main in
// ip/ip.c): "-s" is "-stats", "-b" "-batch".
var ipOptions = []option{
	{"loops", false, func(o *Options, w *words) { o.Loops = int(max(atoi(w.need("the number of rounds of a flush")), 0)) }},
	{"family", false, func(o *Options, w *words) { o.Family = w.family() }},
	{"4", true, func(o *Options, _ *words) { o.Family = unix.AF_INET }},
	{"6", true, func(o *Options, _ *words) { o.Family = unix.AF_INET6 }},
	{"0", true, func(o *Options, _ *words) { o.Family = unix.AF_PACKET }},
	{"M", true, func(o *Options, _ *words) { o.Family = unix.AF_MPLS }},
	{"B", true, func(o *Options, _ *words) { o.Family = unix.AF_BRIDGE }},
	{"human", false, func(o *Options, _ *words) { o.Human = true }},
	{"human-readable", false, func(o *Options, _ *words) { o.Human = true }},
	{"iec", false, func(o *Options, _ *words) { o.IEC = true }},
	{"stats", false, func(o *Options, _ *words) { o.Stats++ }},
	{"statistics", false, func(o *Options, _ *words) { o.Stats++ }},
	{"details", false, func(o *Options, _ *words) { o.Details++ }},
	{"resolve", false, func(o *Options, _ *words) { o.Resolve = true }},
	{"oneline", false, func(o *Options, _ *words) { o.Oneline = true }},
	{"timestamp", false, func(o *Options, _ *words) { o.Timestamp = true }},
	{"tshort", false, func(o *Options, _ *words) { o.Timestamp, o.TimestampShort = true, true }},
	{"Version", false, func(o *Options, _ *words) { o.Version = true }},
	{"force", false, func(o *Options, _ *words) { o.Force = true }},
	{"batch", false, func(o *Options, w *words) { o.Batch = w.need("the file to read commands from") }},
	{"brief", false, func(o *Options, _ *words) { o.Brief = true }},
	{"json", false, func(o *Options, _ *words) { o.JSON = true }},
	{"pretty", false, func(o *Options, _ *words) { o.Pretty = true }},
	{"rcvbuf", false, func(o *Options, w *words) { o.RcvBuf = int(w.number("the receive buffer in bytes", 1, 1<<30)) }},
	{"color", false, nil}, // may be followed by "=WHEN"; see color
	{"help", false, func(o *Options, _ *words) { o.Help = true }},
	{"netns", false, func(o *Options, w *words) { o.NetNS = w.netns() }},
	{"Numeric", false, func(o *Options, _ *words) { o.Numeric = true }},
	{"all", false, func(o *Options, _ *words) { o.All = true }},
	{"echo", true, func(o *Options, _ *words) { o.Echo = true }},
}

// bridgeOptions are those of bridge(8) (main in bridge/bridge.c).
var bridgeOptions = []option{
	{"help", false, func(o *Options, _ *words) { o.Help = true }},
	{"Version", false, func(o *Options, _ *words) { o.Version = true }},
	{"stats", false, func(o *Options, _ *words) { o.Stats++ }},
	{"statistics", false, func(o *Options, _ *words) { o.Stats++ }},
	{"details", false, func(o *Options, _ *words) { o.Details++ }},
	{"oneline", false, func(o *Options, _ *words) { o.Oneline = true }},
	{"timestamp", false, func(o *Options, _ *words) { o.Timestamp = true }},
	{"tshort", false, func(o *Options, _ *words) { o.Timestamp, o.TimestampShort = true, true }},
	{"family", false, func(o *Options, w *words) { o.Family = w.family() }},
	{"4", true, func(o *Options, _ *words) { o.Family = unix.AF_INET }},
	{"6", true, func(o *Options, _ *words) { o.Family = unix.AF_INET6 }},
	{"netns", false, func(o *Options, w *words) { o.NetNS = w.netns() }},
	{"color", false, nil},
	{"compressvlans", false, func(o *Options, _ *words) { o.CompressVLANs = true }},
	{"force", false, func(o *Options, _ *words) { o.Force = true }},
	{"json", false, func(o *Options, _ *words) { o.JSON = true }},
	{"pretty", false, func(o *Options, _ *words) { o.Pretty = true }},
	{"batch", false, func(o *Options, w *words) { o.Batch = w.need("the file to read commands from") }},
}

// parse takes the options at the start of w.
func (o *Options) parse(w *words, table []option, extra ExtraOption) {
	for w.more() {
		s := w.peek()
		if s == "--" {
			w.next()
			return
		}
		if s == "" || s[0] != '-' {
			return
		}
		w.next()
		name := strings.TrimPrefix(s[1:], "-") // "-" abbreviates the first of the table
		if !o.one(name, w, table) && !takeExtra(s, w, extra) {
			w.bad(`an option; see "help"`)
			w.peer("Option %q is unknown, try \"%s\".", "-"+name, optionHelp(table))
		}
	}
}

// optionHelp returns how to ask the program with these options for help.
func optionHelp(table []option) string {
	if &table[0] == &bridgeOptions[0] {
		return "bridge help"
	}
	return "ip -help"
}

// CountOptions returns how many of a program's words are options and their
// arguments, before the first that is neither, and whether one asks for help.
// If one is wrong, it returns the error that [Parse] returns for these words.
// Extra is as in Parse.
func CountOptions(program string, args []string, extra ExtraOption) (n int, help bool, err error) {
	p := programs(program)
	if p == nil {
		return 0, false, nil
	}
	var o Options
	w := &words{all: args}
	o.parse(w, p.options, extra)
	return w.i, o.Help, w.err
}

func takeExtra(s string, w *words, extra ExtraOption) bool {
	if extra == nil || w.err != nil {
		return false
	}
	known, err := extra(s, func() (string, bool) {
		if !w.more() {
			return "", false
		}
		return w.next(), true
	})
	if err != nil && w.err == nil {
		w.err = &Error{Status: statusUsage, Err: err}
	}
	return known
}

// one applies the first option of the table that a name may stand for.
func (o *Options) one(name string, w *words, table []option) bool {
	for _, opt := range table {
		if opt.name == "color" {
			if o.color(name, w) {
				return true
			}
			continue
		}
		if name == opt.name || !opt.exact && strings.HasPrefix(opt.name, name) {
			opt.set(o, w)
			return true
		}
	}
	return false
}

// color takes "-color[=always|auto|never]" in any abbreviation. auto means
// never: nslab prints the same to a terminal and to a pipe.
func (o *Options) color(name string, w *words) bool {
	word, when, given := strings.Cut(name, "=")
	if word == "" || !strings.HasPrefix("color", word) {
		return false
	}
	switch {
	case !given || when == "always":
		o.Color = true
	case when == "never" || when == "auto":
		o.Color = false
	default:
		w.bad(`"always", "auto" or "never" after "="`)
	}
	return true
}

// netns takes a namespace. An empty name would mean the caller's own; iproute2
// opens the directory of names instead, and fails.
func (w *words) netns() string {
	s := w.need("a namespace")
	if s == "" {
		w.fail(`setting the network namespace "" failed: %w`, unix.EINVAL)
	}
	return s
}

// families are the words of "-family".
var families = []struct {
	word   string
	family uint8
}{
	{"inet", unix.AF_INET}, {"inet6", unix.AF_INET6}, {"link", unix.AF_PACKET},
	{"mpls", unix.AF_MPLS}, {"bridge", unix.AF_BRIDGE},
}

func (w *words) family() uint8 {
	s := w.need("a family")
	for _, f := range families {
		if s == f.word {
			return f.family
		}
	}
	w.bad("inet, inet6, bridge, mpls or link")
	return 0
}

// fits reports whether an address is of a family. AF_UNSPEC is any.
func fits(a netip.Addr, family uint8) bool {
	return family == unix.AF_UNSPEC || familyOf(a) == family
}

// inetFamily reports whether a family is AF_INET, AF_INET6 or AF_UNSPEC.
func inetFamily(family uint8) bool {
	switch family {
	case unix.AF_UNSPEC, unix.AF_INET, unix.AF_INET6:
		return true
	}
	return false
}

// inetOnly refuses a change for a family without such objects, after all words
// have been read. ip(8) leaves that to the kernel.
func (w *words) inetOnly(what string, family uint8) {
	if w.err == nil && !inetFamily(family) {
		w.err = &Error{Status: statusKernel, Err: fmt.Errorf("%s are of family inet or inet6, not of %s", what, familyName(family))}
	}
}

// familyWord returns what an error says about the family of an address or a
// prefix, such as "an IPv4 address".
func familyWord(family uint8, thing string) string {
	switch family {
	case unix.AF_UNSPEC:
		return "an IP " + thing
	case unix.AF_INET:
		return "an IPv4 " + thing
	case unix.AF_INET6:
		return "an IPv6 " + thing
	}
	return "but of family " + familyName(family) + " nslab knows none"
}
