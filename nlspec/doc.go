// Package nlspec says what netlink means, as data: the names of messages, flags and attributes, the kind of each
// attribute's payload, and which attributes may stand inside which.
//
// The tables are one line an attribute, in the order of the kernel's own headers (include/uapi/linux), with the
// kernel's own names. A table is read through a Body: Open splits a message into its fixed header and its attributes,
// Body.Items walks these, and Body.Children enters what is nested in one. Nothing here panics or loops on any input;
// nesting is followed to a fixed depth.
//
// The package also holds the types that sockets and their observers share, Datagram and Observer. It opens no socket.
package nlspec
