package firewall

import (
	"context"
	"fmt"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// AddRules makes a table of a family, with a chain and n rules that match
// everything and do nothing: `nft add table FAMILY TABLE; nft add chain FAMILY
// TABLE CHAIN; nft add rule FAMILY TABLE CHAIN`. n is at least 1. The kernel
// does all of it or nothing. netns is the namespace's label for the Observer,
// which may be nil.
func AddRules(ctx context.Context, h *nsfs.Handle, family Family, table, chain string, n int, netns string, obs nlspec.Observer) error {
	c, err := nftDial(h, netns, obs)
	if err != nil {
		return err
	}
	defer c.Close()
	requests := []rtnl.Request{
		nftMark(unix.NFNL_MSG_BATCH_BEGIN),
		&nftRequest{msg: unix.NFT_MSG_NEWTABLE, flags: unix.NLM_F_CREATE, family: family, attrs: func(e *rtnl.Encoder) {
			e.String(unix.NFTA_TABLE_NAME, table)
		}},
		&nftRequest{msg: unix.NFT_MSG_NEWCHAIN, flags: unix.NLM_F_CREATE, family: family, attrs: func(e *rtnl.Encoder) {
			e.String(unix.NFTA_CHAIN_TABLE, table)
			e.String(unix.NFTA_CHAIN_NAME, chain)
		}},
	}
	for i := range n {
		flags := uint16(unix.NLM_F_CREATE | unix.NLM_F_APPEND)
		if i == n-1 {
			flags |= unix.NLM_F_ACK // on the last rule, because the end is acknowledged only from Linux 6.10 on
		}
		requests = append(requests, &nftRequest{msg: unix.NFT_MSG_NEWRULE, flags: flags, family: family, attrs: func(e *rtnl.Encoder) {
			e.String(unix.NFTA_RULE_TABLE, table)
			e.String(unix.NFTA_RULE_CHAIN, chain)
		}})
	}
	requests = append(requests, nftMark(unix.NFNL_MSG_BATCH_END))
	if err := c.Transact(ctx, requests...); err != nil {
		return fmt.Errorf("add a rule: %w", nftError(err))
	}
	return nil
}
