package topology

import (
	"math"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

// NodeLimits bound all that the lab's file starts in a node together: its processes,
// its exec lines and what these leave in the background, its healthchecks. What
// is 0 is not limited.
type NodeLimits struct {
	// Memory is in bytes (memory.max of cgroup v2).
	Memory int64
	// CPU is in thousandths of one processor (cpu.max).
	CPU int64
	// PIDs is the number of processes and threads (pids.max).
	PIDs int64
	// At is the place of the first of them in the file.
	At Pos
}

// IsSet reports whether anything is limited.
func (l *NodeLimits) IsSet() bool { return l.Memory != 0 || l.CPU != 0 || l.PIDs != 0 }

const (
	// minMemory is about what a small program needs.
	minMemory = 1 << 20
	// minCPU is the least quota of a period of 100 ms that the kernel takes,
	// 1 ms (kernel/sched/core.c).
	minCPU, maxCPU = 0.01, 10_000
)

// limitKeys are the keys of a node that limit what runs in it.
func limitKeys() []key {
	return []key{
		{name: "memory", typ: typeString, pattern: `^[0-9]+(\.[0-9]+)? ?([kKmMgGtT][iI]?)?[bB]$`,
			doc: "The memory of all that the file starts in the node, as in containerlab: 64mb is 64000000 bytes, 64mib 67108864. What needs more is killed."},
		{name: "cpu", typ: typeString, pattern: `^[0-9]*\.?[0-9]+$`,
			doc: "The processor time of all that the file starts in the node: 0.5 is half of one processor."},
		{name: "pids", typ: typeInteger, min: 1, max: 1 << 22,
			doc: "The number of processes and threads of all that the file starts in the node."},
	}
}

// readLimits reads the limits of a node.
func (p *fileParser) readLimits(in inherited) (l NodeLimits) {
	for _, k := range limitKeys() {
		v := in.one(k.name)
		if v == nil {
			continue
		}
		if !l.IsSet() {
			l.At = v.at
		}
		switch k.name {
		case "memory":
			l.Memory = p.readMemory(v)
		case "cpu":
			l.CPU = p.readCPU(v)
		case "pids":
			l.PIDs = fields{"": v}.integer("", 0)
		}
	}
	return l
}

// memoryUnits are those of containerlab's memory.
var memoryUnits = map[string]float64{
	"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

func (p *fileParser) readMemory(v *yamlNode) int64 {
	text := strings.ToLower(v.text)
	number := strings.TrimRight(text, "kmgtib ")
	unit, ok := memoryUnits[strings.TrimSpace(text[len(number):])]
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || strings.Trim(number, "0123456789.") != "" {
		p.Add(v.at, "write a number with b, kb, mb, gb, or kib, mib, gib: 64mb is 64000000 bytes, 64mib 67108864", "memory is %q, not a size", plain.Clip(v.text))
		return 0
	}
	if n *= unit; n < minMemory || n > math.MaxInt64/2 {
		p.Add(v.at, "use 1mib to 4194304tib", "memory is %q", plain.Clip(v.text))
		return 0
	}
	return int64(n)
}

func (p *fileParser) readCPU(v *yamlNode) int64 {
	n, err := strconv.ParseFloat(v.text, 64)
	if err != nil || strings.Trim(v.text, "0123456789.") != "" {
		p.Add(v.at, "write 0.5 for half of a processor", "cpu is %q, not a number", plain.Clip(v.text))
		return 0
	}
	if n < minCPU || n > maxCPU {
		p.Add(v.at, "use 0.01 to 10000", "cpu is %q", plain.Clip(v.text))
		return 0
	}
	return int64(math.Round(n * 1000))
}

func (s *summer) limits(l *NodeLimits) {
	s.number(int(l.Memory))
	s.number(int(l.CPU))
	s.number(int(l.PIDs))
	s.number(int(l.At.Line))
	s.number(int(l.At.Column))
}

// A LimitsConfig has the keys of a node that limit what runs in it; what is ""
// or 0 limits nothing.
type LimitsConfig struct {
	// Memory is a number with a unit, such as "64mb" or "64mib".
	Memory string
	// CPU is processor time per time: 0.5 is half of one processor.
	CPU float64
	// PIDs is the number of processes and threads.
	PIDs int
}

func (c *LimitsConfig) add(e *entries) {
	e.text("memory", c.Memory)
	if c.CPU != 0 {
		e.add("cpu", scalar(strconv.FormatFloat(c.CPU, 'f', -1, 64)))
	}
	if c.PIDs != 0 {
		e.add("pids", strconv.Itoa(c.PIDs))
	}
}
