// Package audit shows netlink traffic. It decodes datagrams into named values, and writes them as readable lines while they
// are sent and received. An Event says everything that can be known of one thing that a program did with a netlink socket;
// package record keeps events in files.
//
// Decode turns the messages of a datagram into trees of Values, with the tables of package nlspec. A Tracer and a
// record.Observer are nlspec.Observers: give one, or several through nlspec.Observers, to the code that opens the sockets.
// Nothing here panics on any input, and the contents of a message reach a terminal only as printable text.
package audit
