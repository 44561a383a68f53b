package peerstate

import (
	"os"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// settleTime bounds how long the kernel may take to settle.
const settleTime = 20 * time.Second

// Settle waits until what the kernel does by itself after a change is done in
// each namespace: carriers found, ports forwarding, IPv6 addresses made and
// checked. Without IPv6 link-local addresses (addrgenmode none) that is at once.
func Settle(t testing.TB, namespaces ...string) {
	t.Helper()
	for _, ns := range namespaces {
		settle(t, ns)
	}
}

func settle(t testing.TB, ns string) {
	t.Helper()
	h, err := nsfs.Dir{}.Open(ns)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	c, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{NetNS: h.FD()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, group := range []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV6_ROUTE} {
		if err := c.JoinGroup(group); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetReadDeadline(time.Now().Add(settleTime)); err != nil {
		t.Fatal(err)
	}
	for {
		why := unsettled(read(t, ns, "link", "address", "port"))
		if why == "" {
			return
		}
		// The next change is the event that is waited for. That it was told
		// of before the state was read does no harm.
		if _, err := c.Receive(); err != nil {
			if os.IsTimeout(err) {
				t.Fatalf("namespace %s did not settle in %v: %s", ns, settleTime, why)
			}
			t.Fatal(err)
		}
	}
}

// unsettled says what is still going to change, "" if nothing is.
func unsettled(s map[string][]any) string {
	// `ip address` does not print the mode, and `ip link` does.
	quiet := make(map[any]bool)
	for _, o := range s["link"] {
		l := o.(map[string]any)
		quiet[l["ifname"]] = l["inet6_addr_gen_mode"] == "none"
	}
	for _, o := range s["address"] {
		l := o.(map[string]any)
		name, _ := l["ifname"].(string)
		flags := l["flags"].([]any)
		if !has(flags, "UP") || has(flags, "LOOPBACK") {
			continue
		}
		if l["operstate"] != "UP" {
			return name + " is " + l["operstate"].(string)
		}
		linkLocal := quiet[name]
		for _, a := range l["addr_info"].([]any) {
			a := a.(map[string]any)
			if a["tentative"] == true {
				return name + " has a tentative address"
			}
			linkLocal = linkLocal || a["scope"] == "link"
		}
		if !linkLocal {
			return name + " has no link-local address"
		}
	}
	for _, o := range s["port"] {
		p := o.(map[string]any)
		if has(p["flags"].([]any), "UP") && p["state"] != "forwarding" {
			return p["ifname"].(string) + " is not forwarding"
		}
	}
	return ""
}

func has(list []any, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
