package rules

import (
	"fmt"

	"golang.org/x/sys/unix"
)

var dumpIntr = Rule{
	ID: "dump-intr", Severity: Warning,
	Summary: "an interrupted dump was not repeated",
	Reason: "The table changed while the kernel was dumping it, and the kernel said so (NLM_F_DUMP_INTR): entries may be " +
		"missing, duplicated or out of date. Check the flag in every message of a dump, including NLMSG_DONE, read the " +
		"dump to its end, and repeat it.",
	Sources: []string{
		"nl_dump_check_consistent() in include/net/netlink.h",
		"https://docs.kernel.org/userspace-api/netlink/intro.html#dump-consistency",
		"https://github.com/svinota/pyroute2/issues/874",
	},
	start: startDumpIntr,
}

// tableKey identifies a table that a process dumps.
type tableKey struct {
	pid      int
	netns    string
	protocol int
	typ      uint16
	family   uint8
}

func keyOfTable(at place, r *request) tableKey {
	return tableKey{at.process.PID, at.socket.NetNS, at.socket.Protocol, r.typ, r.family}
}

func startDumpIntr(found report) check {
	type interrupted struct {
		place
		name string
	}
	open := map[tableKey]interrupted{}
	return check{
		request: func(e *event, m *message) {
			if m.req != nil && m.req.dump {
				delete(open, keyOfTable(e.place(), m.req)) // it is read again
			}
		},
		answer: func(e *event, m *message) {
			if m.req == nil || !m.req.dump || m.Flags&unix.NLM_F_DUMP_INTR == 0 {
				return
			}
			key := keyOfTable(e.place(), m.req)
			if _, ok := open[key]; !ok && len(open) < maxSockets {
				open[key] = interrupted{e.place(), m.req.name}
			}
		},
		end: func() {
			for _, i := range open {
				found(Warning, i.place, "", fmt.Sprintf("the dump by %s was interrupted and not repeated", i.name))
			}
		},
	}
}
