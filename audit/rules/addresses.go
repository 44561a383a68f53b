package rules

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

var portID = Rule{
	ID: "port-id", Severity: Warning,
	Summary: "the process ID taken for the socket's port ID",
	Reason: "nl_pid identifies a socket, not a process. The kernel gives the process's ID to the process's first netlink " +
		"socket, and another number to each further one, such as a library's. A program that compares answers with " +
		"getpid() may then wait for ever, and one that binds to it is refused with EADDRINUSE. Bind with nl_pid 0 and " +
		"ask getsockname(2).",
	Sources: []string{
		"netlink_autobind() in net/netlink/af_netlink.c", "netlink(7)",
		"https://github.com/libuv/libuv/pull/1451",
	},
	Needs: Processes | Options | Sockets,
	start: startPortID,
}

func startPortID(found report) check {
	refused := map[*socket]place{}
	return check{
		event: func(e *event) {
			if e.Op != audit.OpBind || e.PID == 0 || e.Address == nil || int(e.Address.PortID) != e.PID {
				return
			}
			if e.Errno == unix.EADDRINUSE {
				refused[e.socket] = e.place()
			}
		},
		request: func(e *event, m *message) {
			// The program has recovered if it binds again to another number, or
			// lets the kernel choose.
			delete(refused, e.socket)
			if m.PID != 0 && e.PID != 0 && int(m.PID) == e.PID && e.socket.port != 0 && m.PID != e.socket.port {
				found(Warning, e.place(), "nlmsg_pid", fmt.Sprintf("nlmsg_pid of %s is the process ID, %d; the socket's port ID is %d",
					m.name(), m.PID, e.socket.port))
			}
		},
		closed: func(s *socket) {
			if at, ok := refused[s]; ok {
				delete(refused, s)
				found(Warning, at, "bind", fmt.Sprintf("bind to port ID %d, the process ID, which another socket already has: EADDRINUSE", at.process.PID))
			}
		},
	}
}

var sender = Rule{
	ID: "sender", Severity: Error,
	Summary: "requests to or from others than the kernel",
	Reason: "A request whose address has nl_groups goes to every program that listens to these groups, as well as to the " +
		"kernel. And a program that does not check the sender's address takes what any process sends for the kernel's " +
		"word; that is a warning. Send requests with nl_pid and nl_groups 0. The same goes for connect(2), which sets " +
		"the address of requests that have none. Drop what is not from nl_pid 0, without treating it as an error.",
	Sources: []string{
		"netlink_sendmsg() and netlink_connect() in net/netlink/af_netlink.c", "netlink(7)",
		"https://github.com/vishvananda/netlink/issues/786",
	},
	Needs: Sender,
	start: startSender,
}

// kernelOnly reports whether a protocol is only for talking to the kernel, and
// not for programs to talk to each other.
func kernelOnly(protocol int) bool {
	switch protocol {
	case unix.NETLINK_ROUTE, unix.NETLINK_NETFILTER, unix.NETLINK_SOCK_DIAG, unix.NETLINK_XFRM:
		return true
	}
	return false
}

func startSender(found report) check {
	return check{
		request: func(e *event, m *message) {
			to := e.Address
			if to == nil {
				to = e.socket.to
			}
			if to != nil && to.Groups != 0 && m.req != nil && kernelOnly(e.Protocol) {
				found(Error, e.place(), m.name(), fmt.Sprintf("%s was sent to the multicast groups %#x as well", m.name(), to.Groups))
			}
		},
		answer: func(e *event, m *message) {
			// Messages of programs have NLM_F_REQUEST set; the kernel's answers
			// do not.
			if e.Room < 0 || e.Address != nil || m.Flags&unix.NLM_F_REQUEST == 0 || !isGet(e.Protocol, m.Type) {
				return
			}
			found(Warning, e.place(), "from "+m.name(), m.name()+" of another process was received without asking for the sender's address")
		},
	}
}
