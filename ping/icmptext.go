package ping

import (
	"fmt"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// unreachable4 names the codes of ICMP destination unreachable, as iputils
// prints them (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1).
var unreachable4 = [...]string{
	0:  "Destination Net Unreachable",
	1:  "Destination Host Unreachable",
	2:  "Destination Protocol Unreachable",
	3:  "Destination Port Unreachable",
	4:  "Frag needed and DF set (mtu = %d)",
	5:  "Source Route Failed",
	6:  "Destination Net Unknown",
	7:  "Destination Host Unknown",
	8:  "Source Host Isolated",
	9:  "Destination Net Prohibited",
	10: "Destination Host Prohibited",
	11: "Destination Net Unreachable for Type of Service",
	12: "Destination Host Unreachable for Type of Service",
	13: "Packet filtered",
	14: "Precedence Violation",
	15: "Precedence Cutoff",
}

// unreachable6 does the same for ICMPv6 (RFC 4443 section 3.1).
var unreachable6 = [...]string{
	0: "No route",
	1: "Administratively prohibited",
	2: "Beyond scope of source address",
	3: "Address unreachable",
	4: "Port unreachable",
}

// String describes the message in iputils' words, for example "Destination Host
// Unreachable".
func (e ICMPError) String() string {
	switch typ := e.Type.(type) {
	case ipv4.ICMPType:
		return e.text4(typ)
	case ipv6.ICMPType:
		return e.text6(typ)
	}
	return fmt.Sprintf("unknown icmp type: %v", e.Type)
}

func (e ICMPError) text4(typ ipv4.ICMPType) string {
	const sourceQuench = 4 // RFC 792, deprecated by RFC 6633
	switch typ {
	case ipv4.ICMPTypeDestinationUnreachable:
		const fragmentationNeeded = 4
		switch {
		case e.Code == fragmentationNeeded:
			return fmt.Sprintf(unreachable4[e.Code], e.Info)
		case e.Code >= 0 && e.Code < len(unreachable4):
			return unreachable4[e.Code]
		}
		return fmt.Sprintf("Dest Unreachable, Bad Code: %d", e.Code)
	case sourceQuench:
		return "Source Quench"
	case ipv4.ICMPTypeTimeExceeded:
		switch e.Code {
		case 0:
			return "Time to live exceeded"
		case 1:
			return "Frag reassembly time exceeded"
		}
		return fmt.Sprintf("Time exceeded, Bad Code: %d", e.Code)
	case ipv4.ICMPTypeParameterProblem:
		return fmt.Sprintf("Parameter problem: pointer = %d", e.Info)
	}
	return fmt.Sprintf("Bad ICMP type: %d", int(typ))
}

func (e ICMPError) text6(typ ipv6.ICMPType) string {
	switch typ {
	case ipv6.ICMPTypeDestinationUnreachable:
		if e.Code >= 0 && e.Code < len(unreachable6) {
			return "Destination unreachable: " + unreachable6[e.Code]
		}
		return fmt.Sprintf("Destination unreachable: Unknown code %d", e.Code)
	case ipv6.ICMPTypePacketTooBig:
		if e.Code != 0 {
			return fmt.Sprintf("Packet too big: mtu=%d, code=%d", e.Info, e.Code)
		}
		return fmt.Sprintf("Packet too big: mtu=%d", e.Info)
	case ipv6.ICMPTypeTimeExceeded:
		switch e.Code {
		case 0:
			return "Time exceeded: Hop limit"
		case 1:
			return "Time exceeded: Defragmentation failure"
		}
		return fmt.Sprintf("Time exceeded: code %d", e.Code)
	case ipv6.ICMPTypeParameterProblem:
		switch e.Code {
		case 0:
			return fmt.Sprintf("Parameter problem: Wrong header field at %d", e.Info)
		case 1:
			return fmt.Sprintf("Parameter problem: Unknown header at %d", e.Info)
		case 2:
			return fmt.Sprintf("Parameter problem: Unknown option at %d", e.Info)
		}
		return fmt.Sprintf("Parameter problem: code %d at %d", e.Code, e.Info)
	}
	return fmt.Sprintf("unknown icmp type: %d", int(typ))
}

// String describes the redirect in iputils' words (RFC 792).
func (r Redirect) String() string {
	what := fmt.Sprintf("Redirect, Bad Code: %d", r.Code)
	switch r.Code {
	case 0:
		what = "Redirect Network"
	case 1:
		what = "Redirect Host"
	case 2:
		what = "Redirect Type of Service and Network"
	case 3:
		what = "Redirect Type of Service and Host"
	}
	return fmt.Sprintf("%s(New nexthop: %s)", what, r.Gateway)
}
