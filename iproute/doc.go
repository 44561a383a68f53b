// Package iproute implements the command lines of ip(8), bridge(8) and brctl(8). It
// turns words into operations and back, and prints the kernel's state as text or
// JSON, in the formats of iproute2 6.1 and bridge-utils 1.7.
//
// Parse reads a command line and changes nothing. Format does the reverse. A Session
// carries commands out.
//
// Options, objects and commands may be abbreviated as in iproute2. A command line is
// first read with its parameter keywords in full, so that a link may be called "a".
// Only if that fails is it read with iproute2's abbreviations.
//
// # Files
//
// The files of an object X, such as "ip route", begin with its name:
//
//	X.go         the object: its commands, its usage, and tables for more than one file
//	X_parse.go   words to requests
//	X_format.go  requests to words
//	X_show.go    the command "show"; other commands have X_COMMAND.go where that is long
//	X_filter.go  which of the kernel's objects to show or to flush
//	X_print.go   the kernel's objects to text and JSON
//
// What is told about one thing in all directions is X_THING.go: link_kind_bridge.go
// has the options of bridges, route_metrics.go those of routes. Other files belong to
// no object. A test holds the names to this.
package iproute
