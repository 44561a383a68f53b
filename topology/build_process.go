package topology

import (
	"strconv"
	"time"
)

// A ProcessConfig has the keys that a lab file may give a process. Name and Cmd
// have to be set.
type ProcessConfig struct {
	// Name has 1 to 32 letters, digits, "-" and "_", and begins with a letter.
	// That of a node's Cmd is MainProcess.
	Name string
	// Cmd is the program with its arguments.
	Cmd []string
	// Env are environment variables besides those of the node.
	Env map[string]string
	StopConfig
	ReadyConfig
}

// A StopConfig says how a process is stopped, and whether it is started again.
type StopConfig struct {
	// StopSignal is a signal by its name or number; "" means SIGTERM.
	StopSignal string
	// StopTimeout is the time from that to SIGKILL; 0 means 10 seconds.
	StopTimeout time.Duration
	// RestartPolicy is no, on-failure, on-failure:N, always or unless-stopped;
	// "" means no.
	RestartPolicy string
}

// A ReadyConfig says when a node or a process is begun with, and when it is
// ready.
type ReadyConfig struct {
	// StartupDelay is how long it waits at first.
	StartupDelay time.Duration
	// WaitFor are what it then waits for: NODE or NODE/PROCESS, or patterns of
	// them.
	WaitFor []string
	// Healthcheck says when it is ready.
	Healthcheck HealthcheckConfig
}

// A HealthcheckConfig has the keys of a healthcheck. Without a Test there is
// none; what is 0 has the default of docs/lab-file.md.
type HealthcheckConfig struct {
	// Test is CMD with a program and its arguments, CMD-SHELL with a text, or
	// NONE for not even an inherited one.
	Test []string
	// Interval is the time from the end of one test to the next, Timeout how
	// long a test may take.
	Interval, Timeout time.Duration
	// Retries is how many tests have to fail one after the other.
	Retries int
	// StartPeriod is the time in which tests may fail. A negative one means
	// none.
	StartPeriod time.Duration
}

func (c *StopConfig) add(e *entries) {
	e.text("stop-signal", c.StopSignal)
	e.duration("stop-timeout", c.StopTimeout)
	e.text("restart-policy", c.RestartPolicy)
}

func (c *ReadyConfig) add(e *entries) {
	e.duration("startup-delay", c.StartupDelay)
	e.texts("wait-for", c.WaitFor)
	h := &c.Healthcheck
	if h.Test == nil {
		return
	}
	var check entries
	check.texts("test", h.Test)
	check.duration("interval", h.Interval)
	check.duration("timeout", h.Timeout)
	if h.Retries != 0 {
		check.add("retries", strconv.Itoa(h.Retries))
	}
	if h.StartPeriod < 0 {
		check.add("start-period", "0s")
	} else {
		check.duration("start-period", h.StartPeriod)
	}
	e.add("healthcheck", check.mapping())
}

// duration adds a time unless it is 0.
func (e *entries) duration(key string, d time.Duration) {
	if d != 0 {
		e.add(key, scalar(d.String()))
	}
}

// processConfigs returns the file's entries for ProcessConfigs.
func processConfigs(all []ProcessConfig) (procs entries) {
	for i := range all {
		c := &all[i]
		var e entries
		e.texts("cmd", c.Cmd)
		e.settings("env", c.Env)
		c.StopConfig.add(&e)
		c.ReadyConfig.add(&e)
		procs.add(scalar(c.Name), e.mapping())
	}
	return procs
}
