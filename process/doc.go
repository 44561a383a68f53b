// Package process keeps the programs of a lab's nodes: it starts them, knows
// them and all that they fork, waits until they are ready, and stops them.
//
// There is no daemon, but for the keeper of a lab whose file has a restart
// policy. A program writes straight to its log, a file in a tmpfs of the lab, and
// without a keeper nobody waits for it once the command that started it has
// ended. What is known of it is in the lab's directory and in its group (a
// cgroup, or without root a mark in the environment). The package is used by
// package lab, which holds the lock on the lab.
package process
