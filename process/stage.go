package process

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// A lab whose file has a restart policy has a keeper, which this program runs
// again as:
//
//   - the keeper: it sleeps until a kept process ends, and has it started again.
//     It reads no lab file and is small.
//   - a starter, a child of the keeper: it starts processes for an `up` that is
//     connected to it, or one of them again. When it ends, the keeper, which is
//     a subreaper (prctl(2)), becomes their parent and sees how they end.
//
// The keeper decides nothing that could not be decided anew: if it is killed,
// the processes run on, and the next one begins with what the lab's directory
// says.

// stageEnv is the environment variable that tells a process which of them it is.
const stageEnv = "NSLAB_KEEPER"

// A task is what stageEnv has.
type task struct {
	// Root and Lab say which lab it is about.
	Root labdir.Root
	Lab  string
	// Boot and Contained are those of Programs.
	Boot      string
	Contained bool `json:",omitempty"`
	// Serve says that it is a starter for a connection. Otherwise Again is the
	// process to start again, if it is one.
	Serve bool  `json:",omitempty"`
	Again Again `json:",omitzero"`
	// Etc and NetNS are for Again.
	Etc, NetNS string
}

// Again says which process is to be started again.
type Again struct {
	Node, Name string
	// PID and StartTime are those of the process that has ended, and Tries is
	// how often in a row it was started again, this time included.
	PID       int
	StartTime uint64
	Tries     int
}

// Restarter starts a process of a lab again, unless somebody has started or
// stopped it meanwhile. It waits for the lock on the lab.
type Restarter func(root labdir.Root, etc, netns, lab string, contained bool, a *Again) error

// staged says that Stage was called.
var staged bool

// Stage is what has to be called first in main by every program that brings up
// labs: see lab.Stage.
func Stage(again Restarter) {
	staged = true
	text, ok := os.LookupEnv(stageEnv)
	if !ok {
		return
	}
	var t task
	err := errors.Join(os.Unsetenv(stageEnv), json.Unmarshal([]byte(text), &t))
	if err == nil {
		switch {
		case t.Serve:
			err = serve(&t)
		case t.Again.Node != "":
			err = again(t.Root, t.Etc, t.NetNS, t.Lab, t.Contained, &t.Again)
		default:
			err = keep(&t)
		}
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// command returns what runs this program again for a task. The files are its
// descriptors from 3 on.
func (t *task) command(files ...*os.File) (*exec.Cmd, error) {
	if !staged {
		return nil, errors.New("a restart policy needs a program that calls lab.Stage first in main")
	}
	b, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"nslab", "keeper", t.Lab}
	if t.Serve || t.Again.Node != "" {
		cmd.Args = append(cmd.Args, "start")
	}
	cmd.Env = append(os.Environ(), stageEnv+"="+string(b))
	cmd.Dir = "/"
	cmd.ExtraFiles = files
	return cmd, nil
}

// closeInherited closes the descriptors from first on that this process was
// started with, but for those of Go's runtime: whoever waits for the other end
// of one would wait for the keeper.
func closeInherited(first int) error {
	entries, err := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		fd, nerr := strconv.Atoi(e.Name())
		to, lerr := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if nerr != nil || lerr != nil || fd < first || strings.HasPrefix(to, "anon_inode:") {
			continue
		}
		unix.Close(fd)
	}
	return err
}
