package firewall

import (
	"context"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
)

// AddRules makes a table of a family with a chain and n rules in it, which match
// everything and do nothing: `nft add table FAMILY TABLE; nft add chain FAMILY TABLE
// CHAIN; nft add rule FAMILY TABLE CHAIN`. The kernel does all of it or nothing.
// Netns is the namespace's label for the Observer, which may be nil.
func AddRules(ctx context.Context, h *nsfs.Handle, family Family, table, chain string, n int, netns string, obs nlspec.Observer) error {
	c, err := nftDial(h, netns, obs)
	if err != nil {
		return err
	}
	defer c.nl.Close()
	var b []byte
	c.first = c.seq + 1
	add := func(typ, flags, resource uint16, family Family, attrs func(*netlink.AttributeEncoder)) error {
		ae := netlink.NewAttributeEncoder()
		if attrs != nil {
			attrs(ae)
		}
		encoded, err := ae.Encode()
		if err != nil {
			return err
		}
		c.seq++
		b = appendMessage(b, typ, flags, c.seq, family, resource, encoded)
		return nil
	}
	// The kernel answers the last message of the batch that asks for it, and each
	// one that fails.
	err = add(unix.NFNL_MSG_BATCH_BEGIN, 0, unix.NFNL_SUBSYS_NFTABLES, AllFamilies, nil)
	if err == nil {
		err = add(nftType(unix.NFT_MSG_NEWTABLE), unix.NLM_F_CREATE, 0, family, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_TABLE_NAME, table)
		})
	}
	if err == nil {
		err = add(nftType(unix.NFT_MSG_NEWCHAIN), unix.NLM_F_CREATE, 0, family, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_CHAIN_TABLE, table)
			ae.String(unix.NFTA_CHAIN_NAME, chain)
		})
	}
	for i := 0; i < n && err == nil; i++ {
		flags := uint16(unix.NLM_F_CREATE | unix.NLM_F_APPEND)
		if i == n-1 {
			flags |= unix.NLM_F_ACK
		}
		err = add(nftType(unix.NFT_MSG_NEWRULE), flags, 0, family, func(ae *netlink.AttributeEncoder) {
			ae.String(unix.NFTA_RULE_TABLE, table)
			ae.String(unix.NFTA_RULE_CHAIN, chain)
		})
	}
	if err == nil {
		err = add(unix.NFNL_MSG_BATCH_END, 0, unix.NFNL_SUBSYS_NFTABLES, AllFamilies, nil)
	}
	if err == nil {
		err = c.exchange(ctx, b, func(nlspec.Header, []byte) bool { return false })
	}
	if err != nil {
		return fmt.Errorf("add a rule: %w", nftError(err))
	}
	return nil
}
