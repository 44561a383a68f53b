package processes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// A Record says what a lab's directory has about a program that its file wants
// in a node. It is written before the program is started and again with its
// PID: one that lives without being recorded is known by its group.
type Record struct {
	Node    string `json:"node"`
	Program string `json:"program"`
	// From are hashes of what it was started from, by the key of the file.
	From map[string]string `json:"from"`
	// Stopped says that `nslab stop` has stopped it, and that it stays so.
	Stopped bool `json:"stopped,omitempty"`
	// PID is the number of its first process, 0 before that is known, in the
	// PID namespace of the nslab that started it; StartTime is its start in
	// clock ticks since the boot, and BootID that boot.
	PID       int    `json:"pid,omitempty"`
	StartTime uint64 `json:"start_time,omitempty"`
	BootID    string `json:"boot_id,omitempty"`
	// Started is when it was started last, and Starts how often it was.
	Started time.Time `json:"started"`
	Starts  int       `json:"starts"`
	// Dir is the directory that it was started in.
	Dir string `json:"dir,omitempty"`
	// Policy says when the lab's keeper starts it again, "" for never, and
	// Tries how often it has done so in a row.
	Policy string `json:"policy,omitempty"`
	Tries  int    `json:"tries,omitempty"`
	// LogFrom is the size of its log when it was started, in bytes.
	LogFrom int64 `json:"log_from,omitempty"`
	// StopSignal and StopTimeout say how it is stopped.
	StopSignal  int           `json:"stop_signal"`
	StopTimeout time.Duration `json:"stop_timeout"`
}

// Name is LAB/NODE/PROGRAM without the lab.
func (r *Record) Name() string { return r.Node + "/" + r.Program }

// Manner is how the program is stopped.
func (r *Record) Manner() Manner { return Manner{unix.Signal(r.StopSignal), r.StopTimeout} }

// errNoRecord is matched by the error for another file in the place of a record.
var errNoRecord = errors.New("this is not a record of a program")

// recordDir has a file for each, named by its member.
const recordDir = "programs"

func recordPath(node, program string) string { return recordDir + "/" + Member(node, program) }

// WriteRecord replaces a record. Where one was written before, it needs no room
// on disk: what was stopped can be started again while that is full.
func WriteRecord(d *labdir.Dir, r *Record) error {
	b, err := padded(r)
	if err != nil {
		return err
	}
	if err := d.MakeDir(recordDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.Rewrite(recordPath(r.Node, r.Program), b, 0o600)
}

// padded is a record in a whole number of blocks, so that one can be written
// over another.
func padded(r *Record) ([]byte, error) {
	const block = 4096
	b, err := json.Marshal(r)
	n := (len(b) + block) / block * block
	return append(append(b, bytes.Repeat([]byte{' '}, n-len(b)-1)...), '\n'), err
}

// reserveEnd is what the name of the file ends in that Rewrite writes over.
const reserveEnd = ".tmp"

// ReserveRecord takes the room on disk that the next WriteRecord needs.
func ReserveRecord(d *labdir.Dir, r *Record) error {
	b, err := padded(r)
	if err != nil {
		return err
	}
	return d.ReserveFile(recordPath(r.Node, r.Program), len(b), 0o600)
}

// RemoveRecord removes the record of a program, if there is one.
func RemoveRecord(d *labdir.Dir, node, program string) error {
	path := recordPath(node, program)
	return errors.Join(d.Remove(path), d.Remove(path+exitEnd), d.Remove(path+reserveEnd))
}

// RemoveRecords removes all.
func RemoveRecords(d *labdir.Dir) error { return d.RemoveDir(recordDir) }

// ReadRecord returns the record of a program, nil where there is none.
func ReadRecord(d *labdir.Dir, node, program string) (*Record, error) {
	b, err := d.Read(recordPath(node, program))
	if err != nil || b == nil {
		return nil, err
	}
	r := new(Record)
	if err := json.Unmarshal(b, r); err != nil || r.Node != node || r.Program != program {
		return nil, fmt.Errorf("%s: %w: remove it", d.Path(recordPath(node, program)), errNoRecord)
	}
	return r, nil
}

// ReadRecords returns all records in the order of their members. What is no
// record is left out: what it is about is found by its group.
func ReadRecords(d *labdir.Dir) (all []Record, err error) {
	names, err := d.NamesIn(recordDir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		node, program := NodeOf(name)
		if program == "" || !isRecordName(name) {
			continue
		}
		r, err := ReadRecord(d, node, program)
		if err != nil && !errors.Is(err, errNoRecord) {
			return nil, err
		}
		if r != nil {
			all = append(all, *r)
		}
	}
	return all, nil
}
