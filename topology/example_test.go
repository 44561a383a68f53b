package topology_test

import (
	"fmt"
	"log"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

func ExampleNew() {
	b := topology.New("office").
		Router("gw").
		Host("h", topology.NodeConfig{Count: 2, Routes: []string{"default via 10.0.0.1"}}).
		Bridge("sw", topology.NodeConfig{Bridge: topology.BridgeConfig{Options: rtnl.Bridge{STPState: rtnl.Some[uint32](1)}}}).
		Link("gw:lan", "sw", topology.LinkConfig{Subnets: []topology.Subnet{{Prefix: "10.0.0.0/24"}}}).
		Link("h*:eth0", "sw", topology.LinkConfig{Subnets: []topology.Subnet{{Prefix: "10.0.0.0/24"}}})
	t, err := b.Topology()
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range t.Links {
		end := l.Ends[0]
		fmt.Println(t.Nodes[end.Node].Name, end.Iface, end.Addresses)
	}
	fmt.Printf("\n%s", t.Source)
	// Output:
	// gw lan [10.0.0.1/24]
	// h1 eth0 [10.0.0.2/24]
	// h2 eth0 [10.0.0.3/24]
	//
	// name: office
	// nodes:
	//   gw: {kind: router}
	//   h: {kind: host, count: 2, routes: ["default via 10.0.0.1"]}
	//   sw: {kind: bridge, bridge: {stp: true}}
	// links:
	//   - {endpoints: ["gw:lan", sw], subnet: 10.0.0.0/24}
	//   - {endpoints: ["h*:eth0", sw], subnet: 10.0.0.0/24}
}

// All mistakes of a file are reported at once, each with its place.
func ExampleParse() {
	_, err := topology.Parse("lab.yaml", []byte(`name: two
nodes: {a: {}, b: {}}
links:
  - endpoints: ["a:eth0", "c:eth0"]
    mtu: 9
`), nil)
	fmt.Println(err)
	// Output:
	// lab.yaml:4:27: no node "c"
	//       - endpoints: ["a:eth0", "c:eth0"]
	//                               ^
	// lab.yaml:5:10: mtu is "9"; use a number from 68 to 65535
	//         mtu: 9
	//              ^
}
