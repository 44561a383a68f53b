// Package labdir handles a lab's own directory below /run/nslab: its lock, its
// files, the tmpfs of its namespaces and that of its logs, and the journal of
// its exec lines. Package lab knows the contents of the files.
package labdir
