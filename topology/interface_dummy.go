package topology

// dummyInterface is a device that drops what is sent through it
// (drivers/net/dummy.c).
var dummyInterface = interfaceKind{
	name: "dummy",
	doc:  "which is always up and drops what is sent through it: a place for addresses",
}
