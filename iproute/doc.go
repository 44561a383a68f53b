// Package iproute is the language of ip(8), bridge(8) and brctl(8): words to
// operations and back, and the text and JSON of what is there, as iproute2 6.1
// and bridge-utils 1.7 have them.
//
// Parse reads a command line and touches nothing. A Session carries commands
// out. Each object of ip is a file: its words in, its words out, its text.
//
// Where iproute2 abbreviates, so does this package for options, objects and
// commands. A parameter keyword counts only in full, so that any name can be a
// name.
package iproute
