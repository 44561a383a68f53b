package topology

import (
	"slices"

	"github.com/nslab/nslab/internal/plain"
)

// NodeKind is the kind of a node.
type NodeKind uint8

const (
	// Host does not forward packets.
	Host NodeKind = iota
	// Router forwards IPv4 and IPv6.
	Router
	// Switch is a node of kind "bridge": it has one or more bridge devices.
	Switch
	// FRR is a router that runs the daemons of FRR.
	FRR
	// BIRD is a router that runs BIRD.
	BIRD
)

// kindWords are the file's words for kinds, by kind.
var kindWords = [...]string{Host: "host", Router: "router", Switch: "bridge", FRR: "frr", BIRD: "bird"}

func (k NodeKind) String() string {
	if int(k) >= len(kindWords) {
		return kindWords[Host]
	}
	return kindWords[k]
}

// Forwards reports whether nodes of the kind forward IPv4 and IPv6.
func (k NodeKind) Forwards() bool { return k == Router || k.program() != nil }

// kindOf returns the kind for a word of the file.
func kindOf(word string) (NodeKind, bool) {
	if word == "linux" { // containerlab's word
		return Host, true
	}
	i := slices.Index(kindWords[:], word)
	return NodeKind(max(i, 0)), i >= 0
}

// kind reads the word for a kind.
func (p *fileParser) kind(v *yamlNode) (NodeKind, bool) {
	k, ok := kindOf(v.text)
	if ok {
		return k, true
	}
	hint := didYouMean(v.text, slices.Values(kindWords[:]))
	if hint == "" {
		hint = "the kinds are " + orWords(kindWords[:])
	}
	p.Add(v.at, hint, "unknown kind %q", plain.Clip(v.text))
	return Host, false
}
