// Package firewall counts the firewall rules of a network namespace: those of
// nf_tables over netlink, and those of the legacy programs over socket options.
// It can also add rules.
package firewall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A Family is a family of nf_tables, NFPROTO_*.
type Family uint8

// The families that are used here; AllFamilies is NFPROTO_UNSPEC.
const (
	AllFamilies Family = 0
	FamilyIP    Family = 2
	Bridge      Family = 7
)

// nftDial opens a socket in a namespace; netns is its label for the Observer.
func nftDial(h *nsfs.Handle, netns string, obs nlspec.Observer) (*rtnl.Conn, error) {
	c, err := rtnl.Dial(&rtnl.Config{
		NetNS: rtnl.NetNSFD(h.FD()), Protocol: unix.NETLINK_NETFILTER, Name: netns, Observer: obs,
	})
	return c, nftError(err)
}

// CountNFTables counts the rules of nf_tables in a family, or in all. If the
// kernel's generation number of the rule set changes meanwhile, it counts
// again. netns is the namespace's label for the Observer, which may be nil.
func CountNFTables(ctx context.Context, h *nsfs.Handle, family Family, netns string, obs nlspec.Observer) (int, error) {
	c, err := nftDial(h, netns, obs)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	const tries = 10
	for range tries {
		before, err := generation(ctx, c)
		if err != nil {
			return 0, nftError(err)
		}
		rules, err := c.Dump(ctx, &nftRequest{msg: unix.NFT_MSG_GETRULE, family: family})
		if err != nil {
			return 0, nftError(err)
		}
		after, err := generation(ctx, c)
		if err != nil {
			return 0, nftError(err)
		}
		if before == after {
			return rules.Len(), nil
		}
	}
	return 0, fmt.Errorf("the rules changed while they were counted, %d times", tries)
}

// nftError explains an errno of nf_tables.
func nftError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return fmt.Errorf("this kernel has no nfnetlink: %w", err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("this kernel has no nf_tables: %w", err)
	}
	return err
}

// generation returns the generation number of the rule set.
func generation(ctx context.Context, c *rtnl.Conn) (uint32, error) {
	m, err := c.Get(ctx, &nftRequest{msg: unix.NFT_MSG_GETGEN})
	if err != nil {
		return 0, err
	}
	if m.Type == nftType(unix.NFT_MSG_NEWGEN) && len(m.Data) >= nfgenmsgLen {
		r := rtnl.NewAttrReader(m.Data[nfgenmsgLen:])
		for r.Next() {
			if r.Type() == unix.NFTA_GEN_ID && len(r.Bytes()) == 4 {
				return binary.BigEndian.Uint32(r.Bytes()), nil
			}
		}
	}
	return 0, errors.New("the kernel does not give the generation of the rules")
}

func nftType(msg uint16) uint16 { return unix.NFNL_SUBSYS_NFTABLES<<8 | msg }

// nfgenmsgLen is sizeof(struct nfgenmsg)
// (include/uapi/linux/netfilter/nfnetlink.h): the family, 0 for all, a version,
// and a number in network byte order.
const nfgenmsgLen = 4

// An nftRequest is a message of nf_tables.
type nftRequest struct {
	msg, flags uint16
	family     Family
	attrs      func(*rtnl.Encoder) // nil without attributes
}

// Encode implements rtnl.Request.
func (r *nftRequest) Encode(e *rtnl.Encoder) {
	e.Begin(nftType(r.msg), r.flags)
	e.Header(byte(r.family), 0, 0, 0)
	if r.attrs != nil {
		r.attrs(e)
	}
}

// An nftMark begins or ends a transaction: it is NFNL_MSG_BATCH_BEGIN or
// NFNL_MSG_BATCH_END.
type nftMark uint16

// Encode implements rtnl.Request.
func (m nftMark) Encode(e *rtnl.Encoder) {
	e.Begin(uint16(m), 0)
	e.Header(byte(AllFamilies), 0, 0, unix.NFNL_SUBSYS_NFTABLES)
}
