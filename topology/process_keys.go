package topology

import "time"

const (
	secProcess     = "process"
	secHealthcheck = "healthcheck"
)

// Defaults of processes and healthchecks.
const (
	defaultStopTimeout = 10 * time.Second
	defaultInterval    = time.Second
	defaultTimeout     = 30 * time.Second
	defaultStartPeriod = time.Minute
	defaultRetries     = 3
	maxDelay           = 24 * time.Hour
)

// readyKeys are the keys of a node and of a process that say when it is ready.
func readyKeys(what string) []key {
	return []key{
		{name: "healthcheck", typ: typeSection, of: secHealthcheck,
			doc: "A test that says when " + what + " is ready."},
		{name: "startup-delay", typ: typeDuration, max: int64(maxDelay),
			doc: "How long " + what + " waits before anything of it is started. Default: 0s."},
		{name: "wait-for", typ: typeStrings,
			doc: "What has to be ready before that: NODE or NODE/PROCESS, or patterns."},
	}
}

// stopKeys are the keys that say how a process is stopped, and what then.
func stopKeys() []key {
	return []key{
		{name: "stop-signal", typ: typeString,
			doc: "The signal that stops it, by its name or number. Default: SIGTERM."},
		{name: "stop-timeout", typ: typeDuration, min: int64(time.Millisecond), max: int64(maxDelay),
			doc: "How long it has after that before SIGKILL. Default: 10s."},
		{name: "restart-policy", typ: typeString, pattern: `^(no|on-failure(:[0-9]+)?|always|unless-stopped)$`,
			doc: "When it is started again after it has ended: no, on-failure, on-failure:N for N times in a row, always or unless-stopped. Default: no."},
	}
}

// nodeProcessKeys are the keys of a node about its processes.
func nodeProcessKeys() []key {
	keys := []key{
		{name: "cmd", typ: typeCommand,
			doc: "A program that runs in the node while the lab is up, with its arguments: a list, or a text that is split as a shell does. No shell runs it."},
		{name: "processes", typ: typeNamed, of: secProcess,
			doc: "Several such programs, by their names."},
	}
	keys = append(append(keys, readyKeys("the node")...), stopKeys()...)
	return append(keys, limitKeys()...)
}

// processKeys are the keys of a process.
func processKeys() []key {
	keys := []key{
		{name: "cmd", typ: typeCommand, doc: "The program, as the node's cmd."},
		{name: "env", typ: typeSettings, doc: "Environment variables besides those of the node."},
	}
	keys = append(append(keys, readyKeys("the process")...), stopKeys()...)
	for _, k := range limitKeys() {
		keys = append(keys, key{name: k.name, typ: typeLater, doc: "a limit is for all of a node together; write it there"})
	}
	return keys
}

// healthcheckKeys are the keys of a healthcheck.
func healthcheckKeys() []key {
	return []key{
		{name: "test", typ: typeCommand,
			doc: "The test, which exits with 0 when all is well: a text for sh -c, or [CMD, PROGRAM, ARGUMENT ...], [CMD-SHELL, TEXT] or [NONE]."},
		{name: "interval", typ: typeDuration, min: int64(time.Millisecond), max: int64(maxDelay),
			doc: "The time from the end of one test to the next. Default: 1s."},
		{name: "timeout", typ: typeDuration, min: int64(time.Millisecond), max: int64(maxDelay),
			doc: "How long a test may take. Default: 30s."},
		{name: "retries", typ: typeInteger, min: 1, max: 1_000_000,
			doc: "How many tests have to fail one after the other. Default: 3."},
		{name: "start-period", typ: typeDuration, max: int64(maxDelay),
			doc: "Tests that begin within this time of the start may fail. Default: 1m."},
	}
}
