package lab

import (
	"context"

	"github.com/nslab/nslab/internal/firewall"
)

// RulesInfo counts the firewall rules of a node: a namespace has its own.
type RulesInfo struct {
	// NFTables are those of nf_tables, which iptables-nft, arptables-nft and
	// ebtables-nft write too.
	NFTables RuleCount `json:"nftables"`
	// IPTables, IP6Tables and ARPTables are those of the legacy programs. The
	// kernel does not say how many chains users made, and each counts as two.
	IPTables  RuleCount `json:"iptables_legacy"`
	IP6Tables RuleCount `json:"ip6tables_legacy"`
	ARPTables RuleCount `json:"arptables_legacy"`
	// EBTables are those of legacy ebtables.
	EBTables RuleCount `json:"ebtables_legacy"`
}

// A RuleCount is a number of rules, -1 where it cannot be told, with the reason.
type RuleCount struct {
	Rules int `json:"rules"`
	// Problem is the reason of -1.
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
