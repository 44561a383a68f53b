// Package plan says what has to be done so that the kernel agrees with a
// topology: it compares the topology with the state of the kernel and with what
// earlier files asked for, and makes a list of steps, each with the operations
// that undo it. It changes nothing. Package lab carries plans out.
//
// A plan is made of kinds of resources: namespaces, links, addresses, routes,
// settings and so on. Each is a file resource_NAME.go with one value of type
// resource: the objects of its steps, and the stages of its planning, each with
// the stages that it needs before it. The other files named after a subject
// (address, bridge, interface, route, sysctl) hold what several stages share;
// restore*.go makes again what undoing needs, sort.go puts the steps into the
// order in which they are carried out, script.go writes them as commands.
package plan
