// Package view makes what programs in a lab's nodes see around them: hosts,
// resolv.conf, the host name and the environment.
package view
