// Package topology reads the files that describe network labs. A file, or the
// calls of a [Builder], become a [Topology]: nodes and links, with every name
// expanded and every address assigned. The package needs neither a kernel nor
// privileges, and changes nothing; package lab builds the lab.
//
// docs/lab-file.md describes the keys, and [Schema] returns them as a JSON
// Schema. [Parse] reads a file and reports all its mistakes at once, with their
// places: see [Errors].
//
// Parse chooses the names of bridge ports, MAC addresses, and addresses in
// subnets. They depend only on the file, and adding a node or a link at the end
// of the file does not change those of earlier ones. A MAC address is a hash of
// the names of lab, node and interface; a port is named after the node and the
// interface at its other end; a subnet gives its addresses to the links in the
// order of the file. There is one exception: if a new node matches a pattern
// that takes addresses from a subnet, later links that use the same subnet get
// higher addresses.
//
// Parse checks a file against [Limits] before and while it reads it. It refuses
// a hostile file within about a second, using at most 256 MB.
package topology
