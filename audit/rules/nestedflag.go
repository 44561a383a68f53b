package rules

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/nlspec"
)

var nestedFlag = Rule{
	ID: "nested-flag", Severity: Error,
	Summary: "a nest without NLA_F_NESTED, which is refused",
	Reason: "The kernel checks newer messages strictly and refuses a nest whose nla_type lacks NLA_F_NESTED. It does not do " +
		"so for old nests such as IFLA_LINKINFO, but begins to: for IFLA_INET_CONF in Linux 7.1, which is a warning if " +
		"the kernel still accepts it. Set the flag on every nest that you send; no kernel objects to it.",
	Sources: []string{
		"validate_nla() and NL_VALIDATE_NESTED in lib/nlattr.c, include/net/netlink.h",
		"https://github.com/acassen/keepalived/pull/2724",
	},
	start: startNestedFlag,
}

// missingFlag is the kernel's message (lib/nlattr.c).
const missingFlag = "NLA_F_NESTED is missing"

func startNestedFlag(found report) check {
	return check{
		attrs: func(e *event, n *nest) {
			for i := range n.attrs {
				a := &n.attrs[i]
				if a.Name == "IFLA_INET_CONF" && a.Kind == nlspec.Nested && a.typ&unix.NLA_F_NESTED == 0 && n.message.Type != unix.RTM_GETLINK {
					found(Warning, e.place(), "", fmt.Sprintf("%s %s without NLA_F_NESTED, which Linux refuses from 7.1 on", n.message.name(), n.at(a)))
				}
			}
		},
		event: func(e *event) {
			// With NETLINK_EXT_ACK the message is in the answer.
			if e.Op == audit.OpExtAck && e.socket.options[unix.NETLINK_EXT_ACK] == 0 && strings.Contains(e.Text, missingFlag) {
				found(Error, e.place(), "", "the kernel says: "+e.Text)
			}
		},
		answer: func(e *event, m *message) {
			if m.Type != unix.NLMSG_ERROR {
				return
			}
			messages, _ := audit.DecodeIn(m.context, m.data)
			if len(messages) == 0 || messages[0].Ack == nil || !strings.Contains(messages[0].Ack.Text, missingFlag) {
				return
			}
			ack := messages[0].Ack
			if m.req != nil && m.req.data != nil {
				ack.Resolve(m.context, m.req.data)
			}
			text := ack.Name + " was refused: " + ack.Text
			if ack.At != "" {
				text += " at " + ack.At
			}
			found(Error, e.place(), "", text)
		},
	}
}
