package lab

import "github.com/nslab/nslab/internal/processes"

// What lives in the nodes of a lab is found by package processes.
type (
	// A Process is a process in a node of a lab.
	Process = processes.Process
	// An UnseenError says that there are processes of which nslab cannot tell whether they
	// run in a lab.
	UnseenError = processes.UnseenError
)
