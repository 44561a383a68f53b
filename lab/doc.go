// Package lab makes network labs. It compares a Topology, which package
// topology reads from a file, with the state of the kernel, makes a [Plan] of
// the differences, and carries it out: [Up]. [Down] takes a lab down.
package lab
