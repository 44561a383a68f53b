// Package lab builds network labs from files. A file becomes a [Topology]; from a
// Topology and the kernel's state comes a [Plan]; and [Up] carries it out.
//
// # The file
//
// docs/lab-file.md describes the keys, and [Schema] returns them as a JSON
// Schema. [Parse] reads a file and reports all its mistakes at once, with their
// places: see [Errors]. It needs no privileges and changes nothing.
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
package lab
