// Package rules judges what programs do with netlink: each Rule knows one mistake that real programs made, why it is one, and
// where that is written down. A Judge is given the events of a recording, or of a program that is being traced, in their order,
// and says at the end what it found and which rules the recording holds too little for.
//
// A rule reports what it has seen, not what might be. Where a program may be right, it says nothing, or no more than a Hint.
package rules
