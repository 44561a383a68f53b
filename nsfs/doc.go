// Package nsfs makes, finds, enters and removes network namespaces.
//
// A named network namespace is a file in a directory, by default /run/netns, on
// which the namespace is mounted (network_namespaces(7), ip-netns(8)). [Dir] works
// on such a directory in the way ip-netns(8) does, with the same lock and the same
// mount propagation, so that the two see and may remove each other's namespaces.
//
// A [Handle] is an open namespace. [Handle.Do] runs a function inside it, and
// [Dir.Command] a program. Both leave the other threads of the process, and the
// calling goroutine's own, where they are.
//
// The package needs a mounted /proc, and CAP_SYS_ADMIN in the user namespaces that
// own the network namespace and the mount namespace, to create, enter and remove.
package nsfs
