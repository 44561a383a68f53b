package nlspec

import "golang.org/x/sys/unix"

// sockDiagMessages are the message types of NETLINK_SOCK_DIAG
// (include/uapi/linux/sock_diag.h, inet_diag.h), which ss uses.
var sockDiagMessages = []Message{
	18:               {Name: "TCPDIAG_GETSOCK"},
	19:               {Name: "DCCPDIAG_GETSOCK"},
	sockDiagByFamily: {Name: "SOCK_DIAG_BY_FAMILY"},
	21:               {Name: "SOCK_DESTROY"},
}

const sockDiagByFamily = 20

// sockDiagMessage returns a message of NETLINK_SOCK_DIAG, without a name if it
// is not known. Its contents depend on the direction and on the address family,
// its first byte.
func sockDiagMessage(typ uint16, d Direction, body []byte) Message {
	if int(typ) >= len(sockDiagMessages) {
		return Message{}
	}
	m := sockDiagMessages[typ]
	if len(body) == 0 || m.Name == "" {
		return m
	}
	for _, f := range sockDiagFamilies {
		if f.family != body[0] {
			continue
		}
		switch {
		case d == Received:
			m.Header, m.Attrs = f.answer, f.attrs
		case typ < sockDiagByFamily:
			m.Header, m.Attrs = inetDiagReq, inetDiagReqAttrs
		default:
			m.Header, m.Attrs = f.request, f.requestAttrs
		}
	}
	return m
}

// sockDiagFamilies are the families whose sockets can be listed.
var sockDiagFamilies = []struct {
	family          uint8
	request, answer *CStruct
	requestAttrs    Set
	attrs           Set
}{
	{unix.AF_INET, inetDiagReqV2, inetDiagMsg, inetDiagReqAttrs, inetDiagAttrs},
	{unix.AF_INET6, inetDiagReqV2, inetDiagMsg, inetDiagReqAttrs, inetDiagAttrs},
	{unix.AF_UNIX, unixDiagReq, unixDiagMsg, nil, unixDiagAttrs},
	{unix.AF_NETLINK, netlinkDiagReq, netlinkDiagMsg, nil, netlinkDiagAttrs},
	{unix.AF_PACKET, packetDiagReq, packetDiagMsg, nil, packetDiagAttrs},
	{unix.AF_VSOCK, vsockDiagReq, vsockDiagMsg, nil, nil},
	{unix.AF_TIPC, tipcDiagReq, nil, nil, nil},
	{unix.AF_XDP, xdpDiagReq, xdpDiagMsg, nil, xdpDiagAttrs},
}

// sockDiagGroups is enum sknetlink_groups.
var sockDiagGroups = Values{Prefix: "SKNLGRP_", Consts: []Const{
	{0, "SKNLGRP_NONE"},
	{1, "SKNLGRP_INET_TCP_DESTROY"},
	{2, "SKNLGRP_INET_UDP_DESTROY"},
	{3, "SKNLGRP_INET6_TCP_DESTROY"},
	{4, "SKNLGRP_INET6_UDP_DESTROY"},
}}
