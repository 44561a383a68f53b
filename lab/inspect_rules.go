package lab

import (
	"context"

	"github.com/nslab/nslab/internal/firewall"
)

// RulesInfo counts the firewall rules of a node. Each namespace has its own.
type RulesInfo struct {
	// NFTables counts the rules of nf_tables, including those of iptables-nft,
	// arptables-nft and ebtables-nft.
	NFTables RuleCount `json:"nftables"`
	// IPTables, IP6Tables and ARPTables count the rules of the legacy programs.
	// A user-defined chain counts as two, because the kernel does not say how
	// many there are.
	IPTables  RuleCount `json:"iptables_legacy"`
	IP6Tables RuleCount `json:"ip6tables_legacy"`
	ARPTables RuleCount `json:"arptables_legacy"`
	// EBTables counts the rules of legacy ebtables.
	EBTables RuleCount `json:"ebtables_legacy"`
}

// A RuleCount is a number of rules.
type RuleCount struct {
	// Rules is the number, or -1 if it is unknown. Problem is then the reason.
	Rules   int    `json:"rules"`
	Problem string `json:"problem,omitempty"`
}

func unknownRules(why string) RulesInfo {
	c := RuleCount{-1, why}
	return RulesInfo{c, c, c, c, c}
}

func ruleCount(n int, err error) RuleCount {
	if err != nil {
		return RuleCount{-1, err.Error()}
	}
	return RuleCount{Rules: n}
}

// legacy is the number of rules of all legacy programs.
func (in *RulesInfo) legacy() (sum RuleCount) {
	for _, c := range []RuleCount{in.IPTables, in.IP6Tables, in.ARPTables, in.EBTables} {
		if c.Rules < 0 {
			return RuleCount{Rules: -1}
		}
		sum.Rules += c.Rules
	}
	return sum
}

// countRules counts the rules of a node. What cannot be read has its reason.
func (n *LabNode) countRules(ctx context.Context) (RulesInfo, error) {
	h, err := n.Open()
	if err != nil {
		return RulesInfo{}, err
	}
	defer h.Close()
	in := RulesInfo{NFTables: ruleCount(firewall.CountNFTables(ctx, h, firewall.AllFamilies, n.Name, n.lab.cfg.Observer))}
	if err := ctx.Err(); err != nil {
		return in, context.Cause(ctx)
	}
	for _, c := range []struct {
		program firewall.Legacy
		count   *RuleCount
	}{
		{firewall.IPTables, &in.IPTables}, {firewall.IP6Tables, &in.IP6Tables},
		{firewall.ARPTables, &in.ARPTables}, {firewall.EBTables, &in.EBTables},
	} {
		*c.count = ruleCount(firewall.CountLegacy(h, c.program))
	}
	return in, nil
}
