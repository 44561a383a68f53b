// Package nlspec describes netlink as data: the names of messages, flags and attributes, the kind of each
// attribute's payload, and which attributes may contain which others.
//
// A table has one line for each attribute, in the order and with the names of the kernel's headers
// (include/uapi/linux). Where an attribute's type depends on who speaks, on the address family or on another attribute, a
// Selector says so. Tables are read through a Body: Open splits a message into its fixed header and its attributes,
// Body.Fields and Body.Items walk these, Item.Child and Item.Hops enter what is nested, Item.Parts what is a structure or an
// array. Context.Claims says of each byte what it is. Nothing here panics or loops forever on any input, and nesting is
// followed to a fixed depth.
//
// The package also holds the types that sockets and their observers share, Datagram and Observer. It opens no socket.
package nlspec
