package topology

import (
	"strings"
	"testing"
)

// A colon without a space after it turns a key and its value into one text. The
// mistake says so wherever a mapping is wanted.
func TestColonWithoutSpace(t *testing.T) {
	const two = "name: x\nnodes: {a: {}, b: {}}\n"
	for _, tt := range []struct{ text, want string }{
		{"name: x\nnodes:\n  a:\n    kind:host\n", "x:4:5: a node is a mapping, not a single value; put a space after the colon: kind: host\n"},
		{"name: x\nnodes:\n  a:\n    kind:host\n    group:g\n", "x:4:5: a node is a mapping, not a single value; put a space after the colon: kind: host\n"},
		{"name: x\nnodes:\n  a:\n    kind:host\n    # why\n\n    routes: []\n", "x:7:5: unexpected \"routes: []\"; put a space after the colon on line 4: kind: host\n"},
		{"name: x\nnodes:\n  a: {kind:host}\n", "x:3:7: unknown key \"kind:host\"; put a space after the colon: kind: host\n"},
		{"name:x\nnodes: {a: {}}\n", "put a space after the colon on line 1: name: x\n"},
		{"name:x\n", "put a space after the colon: name: x\n"},
		{"name: x\nnodes:{a: {}}\n", "put a space after the colon: nodes: {\n"},
		{"name: x\nnodes: {a:{}}\n", "put a space after the colon: a: {\n"},
		{"name: x\nnodes: {a:host}\n", "put a space after the colon: a: host\n"},
		{"name: x\nnodes:\n  a:host\n  b: {}\n", "x:4:4: unexpected \":\"; put a space after the colon on line 3: a: host\n"},
		{"name: x\nnodes: a:host\n", "nodes is a mapping, not a single value; put a space after the colon: a: host\n"},
		{"name: x\nnodes: {a: {sysctls: {net.ipv4.ip_forward:1}}}\n", "net.ipv4.ip_forward:1 has no value; put a space after the colon: net.ipv4.ip_forward: 1\n"},
		{"name: x\nnodes: {a: {env: A:1}}\n", "env is a mapping, not a single value; put a space after the colon: A: 1\n"},
		{"name: x\nnodes: {a: {kind: bridge, bridge: stp:true}}\n", "put a space after the colon: stp: true\n"},
		{"name: x\nnodes: {a: {}}\ndefaults: kind:host\n", "put a space after the colon: kind: host\n"},
		{two + "links:\n  - endpoints:[a:e, b:e]\n", "a link is a mapping, not a single value; put a space after the colon: endpoints: [a:e,\n"},
		{two + "links:\n  - {endpoints:[a:e, b:e]}\n", "put a space after the colon: endpoints: [\n"},
		{two + "links:\n  - endpoints: [{node:a, interface:e}, b:e]\n", "an endpoint without node; put a space after the colon: node: a\n"},
		{two + "links:\n  - endpoints: [a:e, b:e]\n    subnet: {pool:10.0.0.0/8, each: 31}\n", "unknown key \"pool:10.0.0.0/8\"; put a space after the colon: pool: 10.0.0.0/8\n"},
		// These are not keys, or not keys that are wanted there.
		{two + "links:\n  - endpoints:\n      - a:e0\n      b: x\n", "check indentation, quotes and brackets\n"},
		{two + "links: [a:e0, b:e0]\n", "a link is a mapping, not a single value\n"},
		{"name: x\nnodes: {a: \"kind:host\"}\n", "a node is a mapping, not a single value\n"},
		{"name: x\nnodes: {a: fd00::1}\n", "a node is a mapping, not a single value\n"},
		{"name: x\nnodes: {a: {env: \"A:1\"}}\n", "env is a mapping, not a single value\n"},
		{"name: x\nnodes: {a: {sysctls: http://x}}\n", "sysctls is a mapping, not a single value\n"},
		{"name: x\nnodes: {a: {env: {A: }}}\n", "A has no value\n"},
	} {
		_, err := Parse("x", []byte(tt.text), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}
