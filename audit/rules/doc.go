// Package rules judges what programs do with netlink. Each Rule describes one
// mistake that real programs made, why it is one, and the sources. A Judge
// takes the events of a recording, or of a program that is being traced, in
// their order. At the end it reports what it found, and which rules it could
// not check because the recording holds too little.
//
// A rule reports what it has seen, not what might be. If a program may be
// right, the rule reports nothing, or at most a Hint.
package rules
