package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// CheckLimits reports, with their places, the limits of a file that nodes cannot
// have. contained is Programs.Contained.
func CheckLimits(t *topology.Topology, contained bool) error {
	wrong := t.Mistakes()
	told := make(map[topology.NodeLimits]bool)
	for i := range t.Nodes {
		l := t.Nodes[i].Limits
		at := l.At
		if l.At = (topology.Pos{}); !l.IsSet() {
			continue
		}
		if told[l] {
			continue
		}
		told[l] = true
		err := errors.New("nslab run has no control groups, which would outlive it; bring the lab up with nslab up")
		if !contained {
			err = processes.CanLimit(&l)
		}
		if err != nil {
			wrong.Add(at, "", "node %q: %s: %v", t.Nodes[i].Name, limitWords(&l), err)
		}
	}
	if errs := wrong.Errors(); errs != nil {
		return errs
	}
	return nil
}

// A Limit is one of the limits that a node may have.
type Limit struct {
	// Key is its key in the file.
	Key   string
	value func(*topology.NodeLimits) *int64
	// unit is what values are multiples of to the kernel.
	unit  int64
	words func(int64) string
}

// Limits are all of them.
var Limits = []Limit{
	{"memory", func(l *topology.NodeLimits) *int64 { return &l.Memory }, int64(os.Getpagesize()),
		func(n int64) string { return strconv.FormatInt(n, 10) + "b" }},
	{"cpu", func(l *topology.NodeLimits) *int64 { return &l.CPU }, 1,
		func(n int64) string { return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) }},
	{"pids", func(l *topology.NodeLimits) *int64 { return &l.PIDs }, 1,
		func(n int64) string { return strconv.FormatInt(n, 10) }},
}

// Words returns the limit as in a file, or "none".
func (l *Limit) Words(all *topology.NodeLimits) string {
	if n := *l.value(all); n != 0 {
		return l.words(n)
	}
	return "none"
}

// Same reports whether the limit is the same to the kernel in both.
func (l *Limit) Same(a, b *topology.NodeLimits) bool { return *l.value(a)/l.unit == *l.value(b)/l.unit }

// Set gives all the value that the limit has in from.
func (l *Limit) Set(all, from *topology.NodeLimits) { *l.value(all) = *l.value(from) }

// limitWords returns the keys of a file for limits, with their values.
func limitWords(all *topology.NodeLimits) string {
	var words []string
	for i := range Limits {
		if l := &Limits[i]; *l.value(all) != 0 {
			words = append(words, l.Key+" "+l.Words(all))
		}
	}
	return strings.Join(words, ", ")
}

// Limits returns the limits of the nodes in which something runs that the file
// has started.
func (p *Programs) Limits() (map[string]topology.NodeLimits, error) {
	return processes.ReadLimits(p.dir)
}

// SetLimits changes the limits of such a node. What runs there goes on.
func (p *Programs) SetLimits(node string, l *topology.NodeLimits) error {
	if err := p.Open(); err != nil {
		return err
	}
	return p.group.SetLimits(node, l)
}

// Kills returns how many processes of what a state is about the kernel has
// killed for want of memory since it was started last, as far as is known: it
// counts them where the node has a limit.
func (p *Programs) Kills(s *State) (int, error) {
	return p.group.Kills(processes.Member(s.Node, s.Name))
}

// atLimit explains a failed start of a program in a node.
func atLimit(n *topology.Node, err error) error {
	if errors.Is(err, unix.EAGAIN) && n.Limits.PIDs > 0 {
		return fmt.Errorf("%w; the file allows the node %d processes and threads (pids)", err, n.Limits.PIDs)
	}
	return err
}
