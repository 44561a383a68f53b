// Package audit shows netlink traffic: it decodes datagrams into named values, writes them as readable lines while they
// are sent and received, and records them in a file that Wireshark reads.
//
// Decode turns the messages of a datagram into trees of Values by the tables of package nlspec. Tracer and PcapWriter are
// nlspec.Observers: give one, or several through nlspec.Observers, to whatever opens the sockets. Nothing here panics on
// any input, and what a message holds never reaches a terminal as anything but printable text.
package audit
