// Package nlspec describes netlink as data: the names of messages, flags and
// attributes, the kind of each attribute's payload, and which attributes may
// contain which others.
//
// A table has one line for each attribute, in the order and with the names of
// the kernel's headers (include/uapi/linux). If an attribute's type depends on
// the direction, on the address family or on another attribute, a Selector says
// so. Tables are used through a Body: Open splits a message into its fixed
// header and its attributes, Body.Fields and Body.Items walk these, Item.Child
// and Item.Hops enter nests, and Item.Parts enters structures and arrays.
// Context.Claims says what each byte of a message is. Nothing in this package
// panics or loops forever on any input, and nests are followed to a fixed
// depth.
//
// The package also holds the types that sockets and their observers share,
// Datagram and Observer. It opens no socket.
package nlspec
