package main

import (
	"net/netip"

	"github.com/nslab/nslab/examples"
)

// A scene is a lab of the tutorial: its topology, the script that builds it,
// and the ping that shows that it works.
type scene struct {
	title    string
	topology string
	script   string
	from, to string
	address  netip.Addr
}

var bridgeScene = scene{
	title: "Two hosts joined through a bridge, each in a network namespace of its own:",
	topology: `      net0                           bridge                           net1
 +-------------+          +---------------------------+          +-------------+
 | net0-bridge |----------| bridge-net0   bridge-net1 |----------| net1-bridge |
 | 10.0.1.1/24 |          |         \       /         |          | 10.0.1.2/24 |
 +-------------+          |            br             |          +-------------+
                          +---------------------------+
`,
	script: examples.BridgeScript,
	from:   "net0", to: "net1", address: netip.MustParseAddr("10.0.1.2"),
}

var directScene = scene{
	title: "Two hosts joined by a cable, each in a network namespace of its own:",
	topology: `      net0                     net1
 +-------------+          +-------------+
 |    veth0    |----------|    veth1    |
 | 10.0.1.1/24 |          | 10.0.1.2/24 |
 +-------------+          +-------------+
`,
	script: examples.DirectScript,
	from:   "net0", to: "net1", address: netip.MustParseAddr("10.0.1.2"),
}
