package processes

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/nslab/nslab/internal/labdir"
)

// An Exit says how a process has ended, as far as its parent saw it.
type Exit struct {
	// PID and StartTime say which process it was, as in Record.
	PID       int    `json:"pid"`
	StartTime uint64 `json:"start_time"`
	// Code is its exit status, and Signal what has ended it, 0 for none.
	Code   int `json:"code"`
	Signal int `json:"signal,omitempty"`
	// At is when that was noticed.
	At time.Time `json:"at"`
}

// Failed reports whether that is a failure: an exit status other than 0, or a
// signal.
func (e *Exit) Failed() bool { return e.Code != 0 || e.Signal != 0 }

func (e *Exit) Error() string {
	if e.Signal != 0 {
		return "signal: " + syscall.Signal(e.Signal).String()
	}
	return fmt.Sprintf("exit status %d", e.Code)
}

// ExitOf returns what wait4(2) has told of a process.
func ExitOf(pid int, start uint64, ws syscall.WaitStatus) *Exit {
	e := &Exit{PID: pid, StartTime: start, At: time.Now()}
	if ws.Signaled() {
		e.Signal = int(ws.Signal())
	} else {
		e.Code = ws.ExitStatus()
	}
	return e
}

// exitEnd is what the name of the file with the exit of a program ends in. It
// has no lock: who saw the end of a process is the only one who writes of it.
const exitEnd = ".exit"

// WriteExit writes down how the first process of a program has ended.
func WriteExit(d *labdir.Dir, node, program string, e *Exit) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return d.Write(recordPath(node, program)+exitEnd, append(b, '\n'), 0o600)
}

// Exit returns how the first process of the program has ended since it was
// started last, nil if nobody saw it.
func (r *Record) Exit(d *labdir.Dir) *Exit {
	b, err := d.Read(recordPath(r.Node, r.Program) + exitEnd)
	e := new(Exit)
	if err != nil || b == nil || json.Unmarshal(b, e) != nil || e.PID != r.PID || e.StartTime != r.StartTime {
		return nil
	}
	return e
}

func isRecordName(name string) bool {
	return !strings.HasSuffix(name, reserveEnd) && !strings.HasSuffix(name, exitEnd)
}
