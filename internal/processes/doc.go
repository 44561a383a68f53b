// Package processes finds the processes that live in the nodes of a lab, and
// ends them.
package processes
