package lab

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/mdlayher/netlink"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// nftAdd sends a transaction that makes a table with a chain and n rules.
func nftAdd(t *testing.T, h *nsfs.Handle, family uint8, rules int) {
	t.Helper()
	c, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: h.FD()})
	if err != nil {
		t.Skipf("this kernel has no nfnetlink: %v", err)
	}
	defer c.Close()
	message := func(typ uint16, flags netlink.HeaderFlags, family uint8, res uint16, attrs func(*netlink.AttributeEncoder)) netlink.Message {
		ae := netlink.NewAttributeEncoder()
		if attrs != nil {
			attrs(ae)
		}
		b, err := ae.Encode()
		if err != nil {
			t.Fatal(err)
		}
		head := binary.BigEndian.AppendUint16([]byte{family, 0}, res)
		return netlink.Message{Header: netlink.Header{Type: netlink.HeaderType(typ), Flags: netlink.Request | flags}, Data: append(head, b...)}
	}
	batch := []netlink.Message{
		message(unix.NFNL_MSG_BATCH_BEGIN, 0, 0, unix.NFNL_SUBSYS_NFTABLES, nil),
		message(nftType(unix.NFT_MSG_NEWTABLE), netlink.Create, family, 0, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_TABLE_NAME, "t")
		}),
		message(nftType(unix.NFT_MSG_NEWCHAIN), netlink.Create, family, 0, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_CHAIN_TABLE, "t")
			ae.String(unix.NFTA_CHAIN_NAME, "c")
		}),
	}
	for i := range rules {
		flags := netlink.Create | netlink.Append
		if i == rules-1 {
			flags |= netlink.Acknowledge
		}
		batch = append(batch, message(nftType(unix.NFT_MSG_NEWRULE), flags, family, 0, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_RULE_TABLE, "t")
			ae.String(unix.NFTA_RULE_CHAIN, "c")
		}))
	}
	batch = append(batch, message(unix.NFNL_MSG_BATCH_END, 0, 0, unix.NFNL_SUBSYS_NFTABLES, nil))
	if _, err := c.SendMessages(batch); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(); err != nil {
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
			t.Skipf("this kernel has no nf_tables: %v", err)
		}
		t.Fatal(err)
	}
}

// observed counts datagrams of nf_tables.
type observed struct{ sent, received int }

func (o *observed) Observe(d nlspec.Datagram) {
	if d.Protocol != unix.NETLINK_NETFILTER || d.NetNS != "n" {
		return
	}
	if d.Direction == nlspec.Sent {
		o.sent++
	} else {
		o.received++
	}
}

func TestIntegrationCountNFTables(t *testing.T) {
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	const inet, ip6 = 1, 10 // NFPROTO_INET, NFPROTO_IPV6
	nftAdd(t, h, inet, 3)
	nftAdd(t, h, ip6, 400) // more than one datagram
	var seen observed
	n, err := countNFTables(t.Context(), h, "n", &seen)
	if err != nil || n != 403 {
		t.Errorf("counted %d, %v; want 403", n, err)
	}
	if seen.sent != 3 || seen.received < 4 {
		t.Errorf("saw %+v", seen)
	}
	empty, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if n, err := countNFTables(t.Context(), empty, "n", nil); err != nil || n != 0 {
		t.Errorf("counted %d, %v in an empty namespace", n, err)
	}
}

// A filter table as iptables-legacy makes it: three hooks with a policy each, the
// entry that ends the table, and five rules.
func TestTableInfo(t *testing.T) {
	b := make([]byte, 84)
	copy(b, "filter")
	binary.NativeEndian.PutUint32(b[32:], 0b01110)
	binary.NativeEndian.PutUint32(b[76:], 3+1+5)
	binary.NativeEndian.PutUint32(b[80:], 1504)
	info, err := decodeTableInfo(b)
	if err != nil || info.rules() != 5 || info.Size != 1504 || info.ValidHooks != 0b01110 {
		t.Errorf("got %+v, %v", info, err)
	}
	if _, err := decodeTableInfo(b[:60]); err == nil {
		t.Error("a short answer is no error")
	}
	if n := (&tableInfo{}).rules(); n != 0 {
		t.Errorf("an empty table has %d rules", n)
	}
}

// A kernel without legacy iptables has no such rules.
func TestIntegrationCountLegacy(t *testing.T) {
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if n, err := countLegacy(h, "ip_tables_names", unix.AF_INET, unix.SOL_IP); err != nil || n != 0 {
		t.Errorf("counted %d, %v in a new namespace", n, err)
	}
}
