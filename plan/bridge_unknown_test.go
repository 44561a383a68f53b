package plan

import (
	"testing"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// What a kernel does not report it does not know.
func TestUnknownOptions(t *testing.T) {
	want := rtnl.Bridge{
		VLANDefaultPVID: rtnl.Some[uint16](1), MulticastSnooping: rtnl.Some[uint8](0),
		MulticastQuerier: rtnl.Some[uint8](0), MulticastRouter: rtnl.Some[uint8](2), AgeingTime: rtnl.Some(7 * time.Second),
	}
	bad := unknownOptions(&want, &rtnl.Bridge{MulticastRouter: rtnl.Some[uint8](1)})
	if len(bad) != 1 || bad[0] != "multicast_snooping needs a kernel with CONFIG_BRIDGE_IGMP_SNOOPING" {
		t.Errorf("got %q", bad)
	}
	if want.VLANDefaultPVID.IsSet() || want.MulticastSnooping.IsSet() || want.MulticastQuerier.IsSet() || !want.MulticastRouter.IsSet() || !want.AgeingTime.IsSet() {
		t.Errorf("wanted is %+v", want)
	}
}
