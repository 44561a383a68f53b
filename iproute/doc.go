// Package iproute implements the command lines of ip(8), bridge(8) and brctl(8). It
// turns words into operations and back, and prints the kernel's state as text or
// JSON, in the formats of iproute2 6.1 and bridge-utils 1.7.
//
// Parse reads a command line and changes nothing. A Session carries commands out.
// Each object of ip has its own files: for its parser, its words and its output.
//
// Options, objects and commands may be abbreviated as in iproute2. A command line is
// first read with its parameter keywords in full, so that a link may be called "a";
// only if that fails is it read with iproute2's abbreviations.
package iproute
