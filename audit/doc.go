// Package audit shows netlink traffic. It decodes datagrams into named values,
// and writes them as readable lines while they are sent and received. An Event
// holds everything that can be known of one call with a netlink socket; package
// record stores events in files.
//
// Decode turns the messages of a datagram into trees of Values, using the
// tables of package nlspec. A Tracer and a record.Observer are
// nlspec.Observers: pass one, or several through nlspec.Observers, to the code
// that opens the sockets. Nothing in this package panics on any input, and it
// writes the contents of messages only as printable text.
package audit
