// Package sysctl reads and writes the settings of network namespaces. It knows
// their names as sysctl(8) writes them: "net.ipv4.ip_forward".
//
// A key is a name whose parts are separated by dots. A slash stands for a dot
// in the name of an interface: net.ipv4.conf.eth0/1.forwarding belongs to
// eth0.1.
package sysctl

import (
	"errors"
	"strings"
)

const (
	// IPForward says whether a namespace forwards IPv4.
	IPForward = "net.ipv4.ip_forward"
	// IPv4Forwarding is another name of IPForward (net/ipv4/devinet.c).
	IPv4Forwarding = "net.ipv4.conf.all.forwarding"
	// IPv6Forwarding says whether a namespace forwards IPv6.
	IPv6Forwarding = "net.ipv6.conf.all.forwarding"
)

var swap = strings.NewReplacer(".", "/", "/", ".")

// Swap turns the dots of a name into slashes and its slashes into dots. It
// turns a key into a path below /proc/sys, and back.
func Swap(name string) string { return swap.Replace(name) }

// File returns the path of a setting, relative to /proc. The key must not lead
// out of /proc/sys; one from [ParseKey] does not.
func File(key string) string { return "sys/" + Swap(key) }

// Part returns the part of a key that names an interface: "eth0/1" for eth0.1.
// [Interface] does the reverse.
func Part(iface string) string { return strings.ReplaceAll(iface, ".", "/") }

// ParseKey returns the key for a name. Like sysctl(8), it takes the first dot
// or slash as the separator. The error text completes the phrase "the name
// has".
func ParseKey(name string) (key string, err error) {
	key = name
	if i := strings.IndexAny(name, "./"); i >= 0 && name[i] == '/' {
		key = Swap(name)
	}
	for _, r := range key {
		if r <= ' ' || r >= 0x7f && r < 0xa1 {
			return "", errors.New("white space or a control character in it")
		}
	}
	for part := range strings.SplitSeq(key, ".") {
		if part == "" || part == "/" || part == "//" { // in a path, a slash is a dot
			return "", errors.New(`an empty part, "." or ".." in it`)
		}
	}
	return key, nil
}

// FirstName returns the key that nslab uses for a setting with two names.
func FirstName(key string) string {
	if key == IPv4Forwarding {
		return IPForward
	}
	return key
}

// Interface returns the name of the interface that a setting belongs to. It is
// "" for a setting of the namespace, of all interfaces, or for the default of
// new ones.
func Interface(key string) string {
	parts := strings.Split(key, ".")
	if len(parts) < 5 {
		return ""
	}
	switch parts[1] + "." + parts[2] {
	case "ipv4.conf", "ipv4.neigh", "ipv6.conf", "ipv6.neigh", "mpls.conf":
	default:
		return ""
	}
	switch parts[3] {
	case "all", "default":
		return ""
	}
	return strings.ReplaceAll(parts[3], "/", ".")
}
