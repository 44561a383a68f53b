package plan

// Options are what a plan depends on besides the topology and the kernel.
type Options struct {
	// Prune also removes what is in the lab's namespaces and no file has ever
	// asked for, and resets what is otherwise there than in a new lab.
	Prune bool
	// Foreign has package lab list in Plan.Foreign what Prune would do beside
	// the rest.
	Foreign bool
	// NoRefresh trusts that the kernel agrees with the file that the lab was
	// last made from: only nodes that the change is about are looked at, and
	// what was changed by hand elsewhere stays. A lab whose last run was
	// interrupted is looked at whole, and so is one of which all names change.
	NoRefresh bool
	// Recreate are patterns of path.Match for nodes to recreate, with their
	// links; processes in them are ended. Up returns ErrNoNode for one that no
	// node of the topology matches.
	Recreate []string
}
