// Package examples holds the tutorial's scripts, for the demo.
package examples

import _ "embed"

// BridgeScript joins two namespaces through a bridge in a third.
//
//go:embed bridge.sh
var BridgeScript string

// DirectScript joins two namespaces by a veth pair.
//
//go:embed direct.sh
var DirectScript string
