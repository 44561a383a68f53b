package rules_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nslab/nslab/audit/rules"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// setMTU is a message of a program's own. The kernel takes the last MTU.
type setMTU struct{ index, mtu uint32 }

func (r setMTU) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_NEWLINK, 0)
	e.Header(unix.AF_UNSPEC, 0, 0, 0)
	e.HeaderLink(rtnl.LinkIndex(r.index))
	e.Header(make([]byte, 8)...)
	e.Uint32(unix.IFLA_MTU, 1500)
	e.Uint32(unix.IFLA_MTU, r.mtu)
}

// A Judge observes the sockets of a program that is tested, here without a kernel.
func ExampleJudge_Observe() {
	j := rules.NewJudge(rules.All())
	peer := rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) { a.Ack() })
	c, err := rtnl.Dial(&rtnl.Config{Observer: j, Peer: peer})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if err := c.Do(context.Background(), setMTU{index: 2, mtu: 1400}); err != nil {
			log.Fatal(err)
		}
	}
	r := j.End()
	for _, f := range r.Findings {
		fmt.Println(f)
	}
	fmt.Println(r.Unchecked[0])
	// Output:
	// warning duplicate-attr: RTM_NEWLINK: IFLA_MTU occurs twice (2 times)
	// overrun-no-resync: not checked: nothing is recorded of errors of calls
}
