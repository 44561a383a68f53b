// Package live reads what the kernel has of a lab: its namespaces, links,
// addresses, routes and settings. It also finds out what a new namespace has,
// and knows what the kernel does by itself after some changes. A plan updates
// its copy of this state as planning goes on. The package tries settings in
// temporary namespaces, and changes nothing of a lab.
package live
