package process

import (
	"encoding/hex"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
)

// A State is what is there of a process.
type State struct {
	// Node and Name say which process of the lab's file it is, or was.
	Node, Name string
	// From are hashes of what it was started from, by the key of the file: see
	// From. Nil means that nobody knows.
	From map[string]string
	// Stopped says that somebody has stopped it, for good.
	Stopped bool
	// Done says that it has ended with exit status 0, and that its policy is to
	// start it again after a failure.
	Done bool
	// PIDs are the processes that live of it, in ascending order, by their
	// numbers in /proc.
	PIDs []int

	record *processes.Record
}

// Running reports whether anything of it lives, be it the first process or what
// that has forked.
func (s *State) Running() bool { return len(s.PIDs) > 0 }

// From returns hashes of what a process is started from, by the key of the
// file. If one changes, the process has to be started again. seen is what
// programs in the node see: view.View.Seen.
func From(n *topology.Node, p *topology.Process, seen map[string][]string) map[string]string {
	from := map[string]string{
		"cmd":  hash(p.Command...),
		"env":  hash(append(slices.Clone(n.Env), p.Env...)...),
		"stop": hash(strconv.Itoa(p.StopSignal), p.StopTimeout.String()),
	}
	if p.Restart.When != topology.RestartNever {
		from["restart-policy"] = hash(p.Restart.String())
	}
	for key, texts := range seen {
		from[key] = hash(texts...)
	}
	return from
}

func hash(texts ...string) string {
	h := fnv.New128a()
	for _, t := range texts {
		h.Write([]byte(strconv.Itoa(len(t)) + ":" + t))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Read returns the states of all processes that a lab has records of, or that
// live without one, in the order of their nodes and names.
func Read(d *labdir.Dir) ([]State, error) {
	records, err := processes.ReadRecords(d)
	if err != nil {
		return nil, err
	}
	group, err := processes.ReadGroup(d)
	if err != nil || group == nil {
		return nil, err // nothing has been started
	}
	procs, err := processes.Find(d)
	if unseen := (*processes.UnseenError)(nil); err != nil && !errors.As(err, &unseen) {
		return nil, err
	}
	var all []State
	at := make(map[string]int)
	for i := range records {
		r := &records[i]
		at[processes.Member(r.Node, r.Program)] = len(all)
		all = append(all, State{Node: r.Node, Name: r.Program, From: r.From, Stopped: r.Stopped, record: r})
	}
	for _, p := range procs {
		node, name := processes.NodeOf(p.Member)
		if name == "" {
			continue
		}
		i, ok := at[p.Member]
		if !ok {
			i = len(all)
			at[p.Member] = i
			all = append(all, State{Node: node, Name: name})
		}
		all[i].PIDs = append(all[i].PIDs, p.PID)
	}
	for i := range all {
		// A start that was interrupted: it is not known what lives.
		if r := all[i].record; r != nil && r.PID == 0 && !r.Stopped {
			all[i].From = nil
		} else if r != nil && len(all[i].PIDs) == 0 {
			policy, perr := topology.ParseRestartPolicy(r.Policy)
			exit := r.Exit(d)
			all[i].Done = perr == nil && policy.When == topology.RestartOnFailure && exit != nil && !exit.Failed()
		}
	}
	return all, nil
}

// Exit returns how the first process of a state has ended, nil where it has not,
// or where nobody saw it.
func (p *Programs) Exit(s *State) *processes.Exit {
	if s.record == nil {
		return nil
	}
	return s.record.Exit(p.dir)
}

// PID returns the number of its first process, 0 where that is not known or has
// ended.
func (s *State) PID() int {
	if s.record == nil || !slices.Contains(s.PIDs, s.record.PID) {
		return 0
	}
	if start, err := processes.StartTime(s.record.PID); err != nil || start != s.record.StartTime {
		return 0
	}
	return s.record.PID
}

// Started returns when it was started last, the zero time where that is not
// known.
func (s *State) Started() time.Time {
	if s.record == nil || s.record.PID == 0 {
		return time.Time{}
	}
	return s.record.Started
}

// Restarts returns how often it has been started again.
func (s *State) Restarts() int {
	if s.record == nil {
		return 0
	}
	return max(0, s.record.Starts-1)
}

// Memory returns the anonymous memory of what lives of it in bytes: the sum of
// RssAnon in /proc/PID/status.
func (s *State) Memory() (sum int64) {
	for _, pid := range s.PIDs {
		sum += processes.AnonymousMemory(pid)
	}
	return sum
}
