// Package clab reads containerlab's files (https://containerlab.dev), as far as
// their nodes can be network namespaces that run the machine's programs: those
// of the kinds linux and bridge. A file becomes a lab file of nslab's own; what
// has no meaning there is a warning, and what the lab would not be itself
// without is a mistake. The keys and their meanings are those of containerlab's
// manual.
package clab
