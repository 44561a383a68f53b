// Package nsfs creates, finds, enters and removes network namespaces.
//
// A named network namespace is a file in a directory, by default /run/netns, on
// which the namespace is mounted (network_namespaces(7), ip-netns(8)). [Dir]
// works on such a directory as ip-netns(8) does, with the same lock and the
// same mount propagation, so that each sees the other's namespaces and can
// remove them.
//
// A [Handle] is an open namespace. [Handle.Do] runs a function inside it, and
// [Dir.Command] a program. Neither moves the calling goroutine's thread or any
// other thread of the process.
//
// The package needs /proc to be mounted. To create, enter or remove a
// namespace, it needs CAP_SYS_ADMIN in the user namespaces that own the network
// namespace and the mount namespace.
package nsfs
