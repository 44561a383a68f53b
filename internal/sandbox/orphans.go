package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// endingTime is how long processes that outlive the program may take to end
// before they are killed.
const endingTime = 2 * time.Second

// OrphansError names processes that outlived the program and were killed.
type OrphansError struct {
	// Processes has the id of each process, with its quoted command line.
	Processes []string
}

// Error names the processes.
func (e *OrphansError) Error() string {
	return "processes were left behind, and killed: " + strings.Join(e.Processes, ", ")
}

// orphans returns the running children of this process, and reaps those that
// have ended. It leaves out the child except.
func orphans(except int) (running []int, err error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == except {
			continue
		}
		// It may be another process's child, or have ended.
		switch got, err := wait(pid, unix.WNOHANG); {
		case errors.Is(err, unix.ECHILD) || got == pid:
		case err != nil:
			return nil, err
		default:
			running = append(running, pid)
		}
	}
	return running, nil
}

// killOrphans gives this process's children endingTime to end, and kills those
// that remain, and then what these leave behind. Each value of ended is a
// child's end.
func killOrphans(ended <-chan os.Signal) error {
	deadline := time.NewTimer(endingTime)
	defer deadline.Stop()
	for late := false; ; {
		running, err := orphans(0)
		if err != nil || len(running) == 0 {
			return err
		}
		if late {
			return kill(running)
		}
		select {
		case <-ended:
		case <-deadline.C:
			late = true
		}
	}
}

func kill(running []int) error {
	var killed OrphansError
	for len(running) > 0 {
		for _, pid := range running {
			command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if err != nil {
				command = []byte(err.Error())
			}
			words := strings.Split(strings.TrimSuffix(string(command), "\x00"), "\x00")
			killed.Processes = append(killed.Processes, fmt.Sprintf("%d %q", pid, words))
			// A child's id is not reused until it has been reaped.
			if err := unix.Kill(pid, unix.SIGKILL); err != nil {
				return errors.Join(&killed, err)
			}
			if _, err := wait(pid, 0); err != nil {
				return errors.Join(&killed, err)
			}
		}
		var err error
		if running, err = orphans(0); err != nil {
			return errors.Join(&killed, err)
		}
	}
	return &killed
}

// wait is wait4(2), repeated if a signal interrupts it.
func wait(pid, options int) (int, error) {
	for {
		got, err := unix.Wait4(pid, nil, options, nil)
		if err != unix.EINTR {
			return got, err
		}
	}
}
