// Package iproute implements the command lines of ip(8), bridge(8) and
// brctl(8). It turns words into operations and back, and prints the kernel's
// state as text or JSON, in the formats of iproute2 6.1 and bridge-utils 1.7.
//
// Parse reads a command line and changes nothing. Format does the reverse. A
// Session carries out commands.
//
// Options, objects and commands may be abbreviated as in iproute2. A command
// line is first read with its parameter keywords in full, so that a link may be
// called "a". Only if that fails is it read with iproute2's abbreviations.
//
// # Files
//
// The files of an object X, such as "ip route", begin with its name:
//
//	X.go         the object: its commands, its usage, and tables for more than one file
//	X_parse.go   words to requests
//	X_format.go  requests to words
//	X_show.go    the command "show"; another command has X_COMMAND.go if it is long
//	X_filter.go  which of the kernel's objects to show or to flush
//	X_print.go   the kernel's objects to text and JSON
//
// A file X_THING.go has the parser, the words and the output of one thing that
// X is made of: link_kind_bridge.go has the options of bridges,
// route_metrics.go the metrics of routes. All other files belong to no object.
// A test checks the names.
package iproute
