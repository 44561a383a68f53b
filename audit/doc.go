// Package audit shows netlink traffic. It decodes datagrams into named values, writes them as readable lines while they
// are sent and received, and records them in a file that Wireshark reads.
//
// Decode turns the messages of a datagram into trees of Values, with the tables of package nlspec. Tracer and PcapWriter
// are nlspec.Observers: give one, or several through nlspec.Observers, to the code that opens the sockets. Nothing here
// panics on any input, and the contents of a message reach a terminal only as printable text.
package audit
