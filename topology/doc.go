// Package topology reads the files that describe network labs. A file, or what a
// program says to a [Builder], becomes a [Topology]: nodes and links, with every name
// expanded and every address assigned. It needs no kernel and no privileges, and changes
// nothing; package lab makes a lab of it.
//
// docs/lab-file.md describes the keys, and [Schema] returns them as a JSON
// Schema. [Parse] reads a file and reports all its mistakes at once, with their
// places: see [Errors].
//
// Parse chooses the names of bridge ports, MAC addresses, and addresses in subnets.
// They depend on nothing but the file, and a node or link that is added at the end
// of the file does not change those before it: a MAC address is a hash of the names
// of lab, node and interface; a port is named after the node and the interface at
// its other end; a subnet gives its addresses to the links in the order of the
// file. If a pattern takes its addresses from a subnet that links below it use too,
// those links get theirs after the nodes that the pattern matches.
//
// Parse checks a file against [Limits] before and while it reads it. It refuses a
// hostile file within about a second and 256 MB.
package topology
