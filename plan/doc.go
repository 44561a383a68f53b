// Package plan says what has to be done so that the kernel agrees with a topology: it compares the topology with what is
// there and with what earlier files asked for, and makes a list of steps, each with the operations that take it back. It
// changes nothing. Package lab carries plans out.
//
// A plan is made of kinds of resources: see resource.
package plan
