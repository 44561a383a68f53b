package topology

import (
	"strconv"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// An ImpairConfig has the keys of an impairment: what it says happens to the
// packets that an end sends. Texts are those of docs/lab-file.md, and "" leaves
// an option as it is without. The zero ImpairConfig is no impairment.
type ImpairConfig struct {
	// Delay is how long each packet is delayed, Jitter how far that varies.
	Delay, Jitter time.Duration
	// Correlation is in percent: "25%". Distribution is "uniform", "normal",
	// "pareto" or "paretonormal".
	Correlation, Distribution string
	// Loss, Duplicate, Corrupt and Reorder are in percent, and may have a
	// correlation: "1% 25%".
	Loss, Duplicate, Corrupt, Reorder string
	// Gap is 1 to 2^32-1, 0 for the default.
	Gap uint32
	// Rate is bits per second with a unit: "50mbit".
	Rate string
	// Queue is how many packets are held, 1 to 2^32-1, 0 for the default.
	Queue uint32
	// Slot is "MIN [MAX] [packets N] [bytes N]".
	Slot string
	// ECN marks packets that allow it, instead of losing them.
	ECN bool
	// Seed makes losses and delays repeatable. It is below 2^63.
	Seed rtnl.Opt[uint64]
}

// entries returns the file's entries for an ImpairConfig.
func (c *ImpairConfig) entries() (e entries) {
	e.duration("delay", c.Delay)
	e.duration("jitter", c.Jitter)
	e.text("correlation", c.Correlation)
	e.text("distribution", c.Distribution)
	e.text("loss", c.Loss)
	e.text("duplicate", c.Duplicate)
	e.text("corrupt", c.Corrupt)
	e.text("reorder", c.Reorder)
	if c.Gap != 0 {
		e.add("gap", strconv.FormatUint(uint64(c.Gap), 10))
	}
	e.text("rate", c.Rate)
	if c.Queue != 0 {
		e.add("queue", strconv.FormatUint(uint64(c.Queue), 10))
	}
	e.text("slot", c.Slot)
	if c.ECN {
		e.add("ecn", "true")
	}
	if seed, ok := c.Seed.Get(); ok {
		e.add("seed", strconv.FormatUint(seed, 10))
	}
	return e
}
