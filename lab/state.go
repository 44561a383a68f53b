package lab

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/plan"
)

// stateVersion is that of State on disk. Down works whatever the version is: it
// needs the directory alone.
const stateVersion = 1

// Phase is the stage in the life of a lab.
type Phase string

const (
	// PhaseCreating is a lab whose first `up` has not finished or has failed.
	PhaseCreating Phase = "creating"
	// PhaseUp is a lab that agreed with its file at the last `up`.
	PhaseUp Phase = "up"
	// PhaseChanging is a lab that was up and whose change has not finished or
	// has failed.
	PhaseChanging Phase = "changing"
	// PhaseDeleting is a lab whose `down` has not finished.
	PhaseDeleting Phase = "deleting"
	// PhaseBroken is a lab whose state cannot be read or is of another boot.
	PhaseBroken Phase = "broken"
	// PhaseUnreadable is a lab whose state this user may not read.
	PhaseUnreadable Phase = "unreadable"
)

// State is what a lab's directory says about it in state.json.
type State struct {
	// Version is the version of this format, 1; 0 if there is no state yet.
	Version int `json:"version"`
	// Name is the lab's name.
	Name string `json:"name"`
	// Renamed says that its file gives it another name.
	Renamed bool `json:"renamed,omitempty"`
	// Prefix is the beginning of its nodes' names in /run/netns.
	Prefix string `json:"prefix"`
	// BootID is /proc/sys/kernel/random/boot_id when the state was written. No
	// lab survives a reboot.
	BootID string `json:"boot_id"`
	// Phase says how far the lab has come.
	Phase Phase `json:"phase"`
	// Source is the path of the lab's file, and Hash the FNV-1a hash of 128
	// bits of its contents, in hex.
	Source string `json:"source"`
	Hash   string `json:"source_fnv128a"`
	// Created and Changed are the times at which `up` first and last began to
	// change the lab.
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	// Nodes and Links are the numbers of nodes and links in the file.
	Nodes int `json:"nodes"`
	Links int `json:"links"`
	// ByHand are values of settings of interfaces that somebody had given them
	// before all got the same.
	ByHand plan.ByHand `json:"by_hand,omitempty"`
}

// readState returns the state of a lab, a zero one with Version 0 if there is
// none yet. One that cannot be read is an error that matches errBroken.
func readState(p *labdir.Dir) (State, error) {
	var s State
	b, err := p.Read(stateFile)
	if err != nil || b == nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return State{}, fmt.Errorf("%w: %s: %v", errBroken, p.Path(stateFile), err)
	}
	return s, nil
}

var errBroken = errors.New("the lab's state cannot be read")

// upAgain says how the lab is brought up again.
func (s *State) upAgain() string {
	if s.Renamed {
		return fmt.Sprintf("\"nslab up --name %s\"", s.Name)
	}
	return `"nslab up"`
}

// writeState replaces a file of the directory by a state.
func writeState(p *labdir.Dir, name string, s State) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return p.Write(name, append(b, '\n'), draftMode)
}

// bootID returns what changes with each boot.
func bootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b)), err
}

// sourceHash tells one version of a file from another.
func sourceHash(source []byte) string {
	h := fnv.New128a()
	h.Write(source)
	return hex.EncodeToString(h.Sum(nil))
}
