// Package nodename makes and removes the names that the nodes of labs have outside these: symlinks in /run/netns to where
// namespaces are bound, and in /etc/netns to a lab's files for /etc. A name belongs to a lab if it leads into the lab's
// directory; every other one is left alone.
package nodename
