package probe

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// userHz is USER_HZ, the unit of /proc/stat: 100 on all architectures except
// Alpha and Itanium (include/asm-generic/param.h).
const userHz = 100

// Others returns a function that returns how much CPU time the rest of the
// machine has used since, given what the measurement used. The kernel's own
// work for the measurement belongs to the rest.
func Others() (func(own time.Duration) (time.Duration, error), error) {
	before, err := busy()
	return func(own time.Duration) (time.Duration, error) {
		after, err := busy()
		return max(0, after-before-own), err
	}, err
}

// Busy measures the CPU time of the whole machine for a while, including the
// kernel's own work: everything except idling and waiting for disks.
func Busy(ctx context.Context, d time.Duration) (time.Duration, error) {
	before, err := busy()
	if err != nil {
		return 0, err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	after, err := busy()
	return after - before, err
}

func busy() (time.Duration, error) {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	if !s.Scan() {
		return 0, fmt.Errorf("/proc/stat is empty: %w", s.Err())
	}
	// cpu user nice system idle iowait irq softirq steal guest guest_nice
	fields := strings.Fields(s.Text())
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", s.Text())
	}
	var ticks int64
	for i, field := range fields[1:9] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		if idle, stolen := i == 3 || i == 4, i == 7; !idle && !stolen {
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / userHz, nil
}
