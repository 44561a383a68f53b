package lab_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
)

// A lab that a program describes: two nodes with a link.
func ExampleUp() {
	t, err := topology.New("pair").Host("a").Host("b").
		Link("a:eth0", "b:eth0", topology.LinkConfig{Subnets: []topology.Subnet{{Prefix: "10.0.0.0/24"}}}).
		Topology()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := lab.Up(ctx, t, nil, lab.UpOptions{}); err != nil {
		log.Fatal(err)
	}
	l, err := lab.Open("pair", nil)
	if err != nil {
		log.Fatal(err)
	}
	a, err := l.Node("a")
	if err != nil {
		log.Fatal(err)
	}
	c, err := a.Conn()
	if err != nil {
		log.Fatal(err)
	}
	eth0, err := c.Link(ctx, rtnl.LinkName("eth0"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.NetNS(), eth0.Name, eth0.Kind, eth0.MTU)
	if err := l.Close(); err != nil {
		log.Fatal(err)
	}
	if err := lab.Down(ctx, "pair", nil, lab.DownOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output: pair-a eth0 veth 1500
}

// What Up would do for a file, on a machine without the lab.
func ExamplePlanOffline() {
	t, err := topology.Parse("two.yaml", []byte(`name: two
nodes: {a: {}, b: {}}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [10.0.0.1/24, 10.0.0.2/24]}
`), nil)
	if err != nil {
		log.Fatal(err)
	}
	p, err := lab.PlanOffline(t, nil)
	if err != nil {
		log.Fatal(err)
	}
	for i := range p.Steps {
		fmt.Println(&p.Steps[i])
	}
	// Output:
	// create namespace two-a
	// create namespace two-b
	// create link a:eth0 b:eth0 in a
	// create address eth0 10.0.0.1/24 in a
	// create address eth0 10.0.0.2/24 in b
	// update link lo in a: down -> up
	// update link lo in b: down -> up
}
