package live

import (
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// The model has a link of each kind that the kernel has.
func TestIntegrationModelOfKinds(t *testing.T) {
	own := []OwnKind{{Kind: rtnl.PlainKind("nosuch"), Stacked: true}, {Kind: &rtnl.Bridge{}}}
	n, err := ReadNewNode(t.Context(), nil, withSettings(t, ""), true, own)
	if err != nil {
		t.Fatal(err)
	}
	if l := n.Model.Own["bridge"]; len(n.Model.Own) != 1 || l == nil || l.Kind != "bridge" {
		t.Errorf("%v", n.Model.Own)
	}
}
