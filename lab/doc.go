// Package lab makes network labs: from a Topology, which package topology reads from a
// file, and the kernel's state comes a [Plan]; and [Up] carries it out.
package lab
