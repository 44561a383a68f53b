// Package lab makes network labs of files: a file becomes a [Topology], a
// Topology and what is there become a [Plan], and [Up] carries it out.
//
// # The file
//
// docs/lab-file.md describes the keys, and [Schema] returns them as a JSON
// Schema. [Parse] reads a file, and tells all its mistakes at once with their
// places: see [Errors]. It needs no privileges and changes nothing.
//
// What Parse makes up (names of bridge ports, MAC addresses, addresses of
// subnets) depends on the file only, and so that a node or a link which is added
// at the end changes nothing that was there: a MAC address is a hash of the
// names of lab, node and interface; a port's name comes from the node and the
// interface at its other end; a subnet gives its addresses to the links in the
// order of the file. Where a pattern takes its addresses from a subnet that
// links below it use too, those links come behind the nodes that it matches.
//
// A file is held against [Limits] before and while it is read, so that a hostile
// one is refused within about a second and 256 MB.
package lab
