// Package live is what the kernel has of a lab: the namespaces, links,
// addresses, routes and settings that are there, what a new namespace has, and
// what the kernel makes of some changes by itself. Plans change their copy of
// it as they go. It reads, and tries settings in namespaces of its own; it
// changes nothing of a lab.
package live
