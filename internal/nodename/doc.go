// Package nodename makes and removes the names that nodes have outside their
// lab: symlinks in /run/netns to the bound namespaces, and in /etc/netns to the
// lab's files for /etc. A name belongs to a lab if it leads into the lab's
// directory; all others are left alone.
package nodename
