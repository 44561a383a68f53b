package plan

// Options are what a plan depends on besides the topology and the kernel.
type Options struct {
	// Prune also removes what no file has ever asked for from the lab's
	// namespaces, and resets what differs from a new lab.
	Prune bool
	// Foreign makes package lab list in Plan.Foreign what Prune would do in
	// addition.
	Foreign bool
	// NoRefresh assumes that the kernel agrees with the file that was last
	// applied: only nodes that the change affects are read, and changes by hand
	// elsewhere stay. A lab whose last run was interrupted is read completely,
	// and so is one in which all names change.
	NoRefresh bool
	// Recreate are patterns of path.Match for nodes to recreate, with their
	// links; processes in them are ended. Up returns ErrNoNode for a pattern
	// that no node of the topology matches.
	Recreate []string
}
