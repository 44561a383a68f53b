package rtnl

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What the kernel was built without is named where the request and the errno
// tell it.
func TestNeeds(t *testing.T) {
	addr := netip.MustParsePrefix("10.0.0.1/24")
	for _, tt := range []struct {
		req     Request
		errno   unix.Errno
		message string
		want    string
	}{
		{&LinkAdd{Kind: PlainKind("vlan"), Name: "x"}, unix.EOPNOTSUPP, "Unknown device type", `type "vlan" needs CONFIG_VLAN_8021Q, the kernel's module 8021q`},
		{&LinkAdd{Kind: &Veth{}, Name: "x"}, unix.EOPNOTSUPP, "Unknown device type", `type "veth" needs CONFIG_VETH, the kernel's module veth`},
		{&LinkAdd{Kind: PlainKind("netkit"), Name: "x"}, unix.EOPNOTSUPP, "Unknown device type", `type "netkit" needs a kernel with CONFIG_NETKIT`},
		{&LinkAdd{Kind: PlainKind("nosuch"), Name: "x"}, unix.EOPNOTSUPP, "Unknown device type", ""},
		{&LinkAdd{Kind: PlainKind("vlan"), Name: "x"}, unix.EOPNOTSUPP, "something else", ""},
		{&LinkAdd{Kind: PlainKind("vlan"), Name: "x"}, unix.EINVAL, "Unknown device type", ""},
		{&LinkAdd{Kind: &Bridge{VLANFiltering: Some(uint8(1))}, Name: "x"}, unix.EOPNOTSUPP, "", "vlan_filtering needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING"},
		{&LinkSet{Link: LinkName("x"), Kind: &Bridge{VLANFiltering: Some(uint8(1))}}, unix.EOPNOTSUPP, "", "vlan_filtering needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING"},
		{&LinkAdd{Kind: &Bridge{STPState: Some(uint32(1))}, Name: "x"}, unix.EOPNOTSUPP, "", ""},
		{&RuleAdd{Rule: Rule{Family: unix.AF_INET, Table: 5}}, unix.EAFNOSUPPORT, "Rule family not supported", "rules need a kernel with CONFIG_IP_MULTIPLE_TABLES"},
		{&RuleAdd{Rule: Rule{Family: unix.AF_INET, Table: 5}}, unix.EOPNOTSUPP, "", ""},
		{&AddrAdd{Address: Address{Link: LinkIndex(1), Prefix: addr}}, unix.EAFNOSUPPORT, "", ""},
	} {
		var b Encoder
		if _, err := b.message(tt.req); err != nil {
			t.Fatal(err)
		}
		e := new(Conn).newError(encoded{b: b.buf}, tt.errno, extAck{message: tt.message}, nil)
		if e.Needs != tt.want {
			t.Errorf("%T: got %q, want %q", tt.req, e.Needs, tt.want)
		}
		if tt.want != "" && !strings.HasSuffix(e.Error(), "): "+tt.want) {
			t.Errorf("%v", e)
		}
	}
}

// A type that this kernel lacks is told with its symbol. Each kernel lacks some
// of these.
func TestIntegrationNeeds(t *testing.T) {
	c := dial(t, &Config{})
	for kind, f := range linkFeatures {
		err := c.Do(t.Context(), &LinkAdd{Kind: PlainKind(kind), Name: "needs0"})
		if err == nil {
			do(t, c, &LinkDel{Link: LinkName("needs0")})
			continue
		}
		var e *Error
		if errors.As(err, &e) && e.Errno == unix.EOPNOTSUPP && e.Message == "Unknown device type" && !strings.Contains(err.Error(), f.config) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
