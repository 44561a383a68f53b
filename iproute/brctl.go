package iproute

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A brctlCommand is one command of brctl(8).
type brctlCommand struct {
	name  string
	parse func(c *Command, w *words)
	usage string
}

// brctlCommands returns the commands in the order of bridge-utils 1.7's usage.
func brctlCommands() []brctlCommand {
	return []brctlCommand{
		{"addbr", brctlAddbr, "BRIDGE\tcreate a bridge"},
		{"delbr", brctlDelbr, "BRIDGE\tdelete a bridge that is down"},
		{"addif", brctlPorts(bridge.AddPort, "can't add %s to bridge %s"), "BRIDGE DEV ...\tadd links to a bridge"},
		{"delif", brctlPorts(bridge.RemovePort, "can't delete %s from %s"), "BRIDGE DEV ...\ttake links from a bridge"},
		{"hairpin", brctlHairpin, "BRIDGE PORT {on|off}\tsend frames back out of the port"},
		{"setageing", brctlTime("the ageing time", "ageing time", "", func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.AgeingTime }),
			"BRIDGE SECONDS\tlife of a learned address"},
		{"setbridgeprio", brctlPriority, "BRIDGE N\tpriority, 0 to 65535, the lowest wins"},
		{"setfd", brctlTime("the forward delay", "forward delay", "2 to 30 s while STP is on", func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.ForwardDelay }),
			"BRIDGE SECONDS\tforward delay"},
		{"sethello", brctlTime("the hello time", "hello timer", "1 to 10 s", func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.HelloTime }),
			"BRIDGE SECONDS\thello time"},
		{"setmaxage", brctlTime("the maximum message age", "max age", "6 to 40 s", func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MaxAge }),
			"BRIDGE SECONDS\tmaximum message age"},
		{"setpathcost", brctlPathCost, "BRIDGE PORT N\tpath cost, 1 to 65535"},
		{"setportprio", brctlPortPriority, "BRIDGE PORT N\tport priority, 0 to 63"},
		{"show", brctlShow, "[BRIDGE ...]\tbridges and their ports"},
		{"showmacs", brctlShowMACs, "BRIDGE\tforwarding database"},
		{"showstp", brctlShowSTP, "BRIDGE\tSTP's parameters and state"},
		{"stp", brctlSTP, "BRIDGE {on|off}\tSTP on or off"},
	}
}

const brctlVersion = "brctl, nslab (the grammar of bridge-utils 1.7)"

func brctlUsage() string {
	var b strings.Builder
	b.WriteString("usage: brctl COMMAND [ARGUMENT ...]\n")
	for _, cmd := range brctlCommands() {
		args, what, _ := strings.Cut(cmd.usage, "\t")
		fmt.Fprintf(&b, "  brctl %-13s %-20s %s\n", cmd.name, args, what)
	}
	return b.String()
}

// brctlOptions reads the options of brctl(8). A long option may be abbreviated.
func (c *Command) brctlOptions(w *words) {
	w.status = statusFailed
	for strings.HasPrefix(w.peek(), "-") {
		switch opt := w.next(); {
		case opt == "--":
			return
		case strings.HasPrefix(opt, "-V") || strings.HasPrefix("--version", opt) && len(opt) > 2:
			c.do = brctlPrint(brctlVersion+"\n", 0)
		case strings.HasPrefix(opt, "-h") || strings.HasPrefix("--help", opt) && len(opt) > 2:
			c.do = brctlPrint(brctlUsage(), 0)
		case !takeExtra(opt, w, c.extra):
			w.bad(`an option: "--version" or "--help"`)
		}
		if c.do != nil {
			w.rest()
			return
		}
	}
}

// brctl reads the words of brctl(8) after the options. The exit status of any
// error is 1.
func (c *Command) brctl(w *words) {
	w.status = statusFailed
	c.wrap = failed
	if !w.more() {
		c.do = brctlPrint(brctlUsage(), statusFailed)
		return
	}
	name := w.next()
	all := brctlCommands()
	i := slices.IndexFunc(all, func(cmd brctlCommand) bool { return cmd.name == name })
	if i < 0 {
		w.bad("a command of brctl: %s", list(all, func(cmd brctlCommand) string { return cmd.name }))
		w.peer("never heard of command [%s]", name)
		return
	}
	all[i].parse(c, w)
	w.extra()
}

// brctlPrint prints to standard output, as brctl does with its usage.
func brctlPrint(text string, status int) func(context.Context, *Session, *Options) error {
	return func(_ context.Context, s *Session, _ *Options) error {
		if _, err := fmt.Fprint(s.Stdout, text); err != nil {
			return failed(err)
		}
		if status != 0 {
			return &Error{Status: status}
		}
		return nil
	}
}

// brctlDev takes the name of an existing bridge or port.
func (w *words) brctlDev(what string) string {
	s := w.device(what)
	if strings.HasPrefix(s, "-") {
		w.bad("%s; options go before the command", what)
	}
	return s
}

func brctlAddbr(c *Command, w *words) {
	add := &rtnl.LinkAdd{Kind: &rtnl.Bridge{}}
	w.peerWrong("add bridge failed: "+strerror(unix.EINVAL)+"%.0s", func() { add.Name = w.ifname("a name for a bridge") })
	if strings.HasPrefix(add.Name, "-") || strings.ContainsRune(add.Name, '%') {
		w.bad(`a name for a bridge, not beginning with "-" and without "%%"`)
	}
	c.op(add)
	c.wrap = func(err error) error {
		if errors.Is(err, fs.ErrExist) {
			return failed(&peerError{fmt.Sprintf("device %s already exists; can't create bridge with the same name", add.Name), err})
		}
		return failed(brctlSays(err, "add bridge failed", add.Name, ""))
	}
}

func brctlDelbr(c *Command, w *words) {
	name := w.brctlDev("the name of a bridge")
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err == nil {
			err = bridge.Delete(ctx, conn, name)
			if errors.Is(err, fs.ErrNotExist) {
				err = &peerError{fmt.Sprintf("bridge %s doesn't exist; can't delete it", name), err}
			} else {
				err = brctlSays(err, "can't delete bridge "+name, name, "")
			}
		}
		return failed(err)
	}
}

// brctlPorts does something with a bridge and each of several links, and stops
// at the first that fails. cannot is brctl's format for the error, of the link
// and the bridge.
func brctlPorts(do func(ctx context.Context, c *rtnl.Conn, name, port string) error, cannot string) func(*Command, *words) {
	return func(c *Command, w *words) {
		name := w.brctlDev("the name of a bridge")
		links := []string{w.brctlDev("the name of a link")}
		for w.more() {
			links = append(links, w.brctlDev("the name of a link"))
		}
		c.do = func(ctx context.Context, s *Session, o *Options) error {
			conn, err := s.conn(o)
			for i := 0; i < len(links) && err == nil; i++ {
				err = brctlSays(do(ctx, conn, name, links[i]), fmt.Sprintf(cannot, links[i], name), name, links[i])
			}
			return failed(err)
		}
	}
}

// brctlSet adds the operation that changes a bridge's options.
func (c *Command) brctlSet(what, name string, opts rtnl.Bridge) {
	c.op(&rtnl.LinkSet{Link: byIndex(name), Kind: &opts})
	c.wrap = func(err error) error { return failed(brctlCannot(err, "set "+what+" failed")) }
}

// brctlTime takes a bridge and a time. The kernel refuses a time out of bounds
// with a bare number, so bounds says what is allowed. says is brctl's word for
// the time.
func brctlTime(what, says, bounds string, field func(*rtnl.Bridge) *rtnl.Opt[time.Duration]) func(*Command, *words) {
	return func(c *Command, w *words) {
		name := w.brctlDev("the name of a bridge")
		var opts rtnl.Bridge
		w.peerWrong("bad "+says+" value%.0s", func() { *field(&opts) = rtnl.Some(w.ticks(what)) })
		c.brctlSet(says, name, opts)
		said := c.wrap
		c.wrap = func(err error) error {
			err = fmt.Errorf("set %s of %q: %w", what, name, err)
			if bounds != "" && errors.Is(err, unix.ERANGE) {
				err = fmt.Errorf("%w; allowed are %s", err, bounds)
			}
			return said(err)
		}
	}
}

// ticks takes a time in seconds, rounded down to hundredths as brctl does.
func (w *words) ticks(what string) time.Duration {
	const limit = math.MaxUint32 / 100
	s := w.need(what + " in seconds")
	v, err := strconv.ParseFloat(s, 64)
	bad := err != nil || strings.Trim(s, "0123456789.eE+") != "" // no "inf", "nan", or hexadecimal
	if bad && w.loose {
		if v, bad = scanFloat(s); !bad {
			w.warn("word %d, %q: is read as %v s", w.at+w.i-1, s, v)
		}
	}
	if w.err == nil && (bad || v < 0 || v > limit) {
		w.bad("%s in seconds, from 0 to %d", what, limit)
		return 0
	}
	// Most decimal fractions have no exact binary form: 2.3 is stored as a
	// little less.
	return time.Duration(math.Floor(v*100+1e-6)) * (time.Second / 100)
}

// scanFloat reads the number at the start of a word, as scanf(3) does, decimal
// or hexadecimal. bad is true if there is none.
func scanFloat(s string) (v float64, bad bool) {
	for end := len(s); end > 0; end-- {
		v, err := strconv.ParseFloat(s[:end], 64)
		if err != nil && strings.HasPrefix(strings.ToLower(s[:end]), "0x") {
			v, err = strconv.ParseFloat(s[:end]+"p0", 64) // Go requires the exponent
		}
		if err == nil && strings.ContainsAny(s[:end], "0123456789") {
			// "0x" begins a hexadecimal number, but no digits follow.
			return v, s[:end] == "0" && strings.HasPrefix(strings.ToLower(s[end:]), "x")
		}
	}
	return 0, true
}

// brctlNumber takes a number from lo to hi. For brctl, the number ends before
// the first character that is not a digit, and the kernel uses its lower bits.
func (w *words) brctlNumber(what string, lo, hi uint64, bits int) uint64 {
	s := w.peek()
	v, err := parseUint(s)
	if !w.loose || strings.HasPrefix(s, "-") || err == nil && v >= lo && v <= hi {
		return w.number(what, lo, hi)
	}
	for end := len(s); end > 0; end-- {
		v, err := strtoul(s[:end])
		if err != nil {
			continue
		}
		w.next()
		if v &= 1<<bits - 1; v < lo || v > hi {
			w.bad("%s, a number from %d to %d", what, lo, hi)
			return 0
		}
		w.warn("word %d, %q: is read as %d", w.at+w.i-1, s, v)
		return v
	}
	return w.number(what, lo, hi)
}

func brctlPriority(c *Command, w *words) {
	name := w.brctlDev("the name of a bridge")
	var n uint64
	w.peerWrong("bad priority%.0s", func() { n = w.brctlNumber("a bridge's priority", 0, math.MaxUint16, 16) })
	c.brctlSet("bridge priority", name, rtnl.Bridge{Priority: rtnl.Some(uint16(n))})
}

func brctlSTP(c *Command, w *words) {
	name := w.brctlDev("the name of a bridge")
	state := uint32(0)
	if w.brctlOnOff("STP") {
		state = 1
	}
	c.brctlSet("stp status", name, rtnl.Bridge{STPState: rtnl.Some(state)})
}

// brctlOnOff takes one of brctl's words for on and off.
func (w *words) brctlOnOff(what string) bool {
	switch w.need(what + `, "on" or "off"`) {
	case "on", "yes", "1":
		return true
	case "off", "no", "0":
		return false
	}
	w.peerWrong("expect on/off for argument%.0s", func() { w.bad(`%s, "on" or "off"`, what) })
	return false
}

// brctlPort changes options of a port. It refuses a port of another bridge than
// the one named, which brctl does not if there is a /sys.
func (c *Command) brctlPort(what, name, port string, opts bridge.PortOptions) {
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err == nil {
			err = brctlCannot(bridge.SetPort(ctx, conn, name, port, opts), what)
		}
		return failed(err)
	}
}

func (w *words) brctlBridgePort() (name, port string) {
	return w.brctlDev("the name of a bridge"), w.brctlDev("the name of a port")
}

func brctlHairpin(c *Command, w *words) {
	name, port := w.brctlBridgePort()
	c.brctlPort(fmt.Sprintf("can't set %s to hairpin on bridge %s", port, name), name, port, bridge.PortOptions{Hairpin: rtnl.Some(w.brctlOnOff("hairpin"))})
	set := c.do
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		err := set(ctx, s, o)
		var req *rtnl.Error
		if errors.Is(err, fs.ErrNotExist) && errors.As(err, &req) && req.Object == strconv.Quote(name) {
			err = failed(&peerError{fmt.Sprintf("bridge %s does not exist!", name), err})
		}
		return err
	}
}

func brctlPathCost(c *Command, w *words) {
	name, port := w.brctlBridgePort()
	const what = "set path cost failed"
	c.brctlPort(what, name, port, bridge.PortOptions{PathCost: rtnl.Some(w.brctlPortNumber("a path cost", "bad path cost value", what, 1, 65535))})
}

func brctlPortPriority(c *Command, w *words) {
	name, port := w.brctlBridgePort()
	const what = "set port priority failed"
	c.brctlPort(what, name, port, bridge.PortOptions{Priority: rtnl.Some(uint16(w.brctlPortNumber("a port's priority", "bad path priority value", what, 0, 63)))})
}

// brctlPortNumber takes a number for a port. brctl says bad of a word that is
// none; a number out of bounds is the kernel's to refuse, when brctl says that
// it cannot do what it was doing.
func (w *words) brctlPortNumber(what, bad, doing string, lo, hi uint64) (n uint32) {
	says := bad
	if _, err := strtoul(w.peek()); err == nil {
		says = doing + ": " + strerror(unix.ERANGE)
	}
	w.peerWrong(says+"%.0s", func() { n = uint32(w.brctlNumber(what, lo, hi, 32)) })
	return n
}
