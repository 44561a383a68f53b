// Package nlspec describes netlink as data: the names of messages, flags and attributes, the kind of each
// attribute's payload, and which attributes may contain which others.
//
// A table has one line for each attribute, in the order and with the names of the kernel's headers
// (include/uapi/linux). Tables are read through a Body: Open splits a message into its fixed header and its attributes,
// Body.Items walks these, and Body.Children enters a nested one. Nothing here panics or loops forever on any input, and
// nesting is followed to a fixed depth.
//
// The package also holds the types that sockets and their observers share, Datagram and Observer. It opens no socket.
package nlspec
