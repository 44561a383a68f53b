package lab

import "github.com/nslab/nslab/internal/processes"

// What lives in the nodes of a lab is found by package processes.
type (
	// A Process is a process in a node of a lab: PID is its number in /proc,
	// Node the node's name, and Command its name as /proc/PID/comm has it, any
	// bytes that it likes.
	Process = processes.Process
	// An UnseenError says that there are processes of which nslab cannot tell
	// whether they run in a lab, named by Lab: PIDs are those that are listed
	// and cannot be looked into, and Hidden is the hidepid option of /proc
	// where that leaves processes out, "" where it does not.
	UnseenError = processes.UnseenError
)
