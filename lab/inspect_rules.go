package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"strings"
	"unsafe"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// RulesInfo counts the firewall rules of a node: a namespace has its own.
type RulesInfo struct {
	// NFTables are those of nf_tables, which iptables-nft writes too.
	NFTables RuleCount `json:"nftables"`
	// IPTables and IP6Tables are those of legacy iptables. The kernel does
	// not say how many chains users made, and each counts as two.
	IPTables  RuleCount `json:"iptables_legacy"`
	IP6Tables RuleCount `json:"ip6tables_legacy"`
}

// A RuleCount is a number of rules, -1 where it cannot be told, with the reason.
type RuleCount struct {
	Rules   int    `json:"rules"`
	Problem string `json:"problem,omitempty"`
}

func unknownRules(why string) RulesInfo {
	c := RuleCount{-1, why}
	return RulesInfo{c, c, c}
}

func ruleCount(n int, err error) RuleCount {
	if err != nil {
		return RuleCount{-1, err.Error()}
	}
	return RuleCount{Rules: n}
}

// countRules counts the rules of a node. What cannot be read has its reason.
func (n *LabNode) countRules(ctx context.Context) (RulesInfo, error) {
	h, err := n.Open()
	if err != nil {
		return RulesInfo{}, err
	}
	defer h.Close()
	in := RulesInfo{NFTables: ruleCount(countNFTables(ctx, h, n.Name, n.lab.cfg.Observer))}
	if err := ctx.Err(); err != nil {
		return in, context.Cause(ctx)
	}
	in.IPTables = ruleCount(countLegacy(h, "ip_tables_names", unix.AF_INET, unix.SOL_IP))
	in.IP6Tables = ruleCount(countLegacy(h, "ip6_tables_names", unix.AF_INET6, unix.SOL_IPV6))
	return in, nil
}

// countLegacy counts the rules of legacy iptables in the tables that there are.
// It looks only at those, since asking for another makes the kernel load it.
func countLegacy(h *nsfs.Handle, file string, family, level int) (n int, err error) {
	err = h.Do(func() error {
		names, err := os.ReadFile("/proc/thread-self/net/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the kernel has not loaded it: there can be no rules
		}
		if err != nil {
			return err
		}
		tables := strings.Fields(string(names))
		if len(tables) == 0 {
			return nil
		}
		fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return os.NewSyscallError("socket", err)
		}
		defer unix.Close(fd)
		for _, table := range tables {
			info, err := getTableInfo(fd, level, table)
			if err != nil {
				return fmt.Errorf("table %q: %w", table, err)
			}
			n += info.rules()
		}
		return nil
	})
	return n, err
}

// tableInfo is struct ipt_getinfo and struct ip6t_getinfo
// (include/uapi/linux/netfilter_ipv4/ip_tables.h).
type tableInfo struct {
	Name       [32]byte
	ValidHooks uint32
	HookEntry  [5]uint32
	Underflow  [5]uint32
	NumEntries uint32
	Size       uint32
}

// soGetInfo is IPT_SO_GET_INFO and IP6T_SO_GET_INFO.
const soGetInfo = 64

// rules returns the number of entries but for the policy of each chain that is
// built in, and the one that ends the table.
func (i *tableInfo) rules() int {
	return max(0, int(i.NumEntries)-bits.OnesCount32(i.ValidHooks)-1)
}

func getTableInfo(fd, level int, table string) (*tableInfo, error) {
	var info tableInfo
	if len(table) >= len(info.Name) {
		return nil, fmt.Errorf("its name has %d bytes, at most %d are allowed", len(table), len(info.Name)-1)
	}
	var buf [unsafe.Sizeof(tableInfo{})]byte
	copy(buf[:], table)
	size := uint32(len(buf))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), soGetInfo,
		uintptr(unsafe.Pointer(&buf)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("getsockopt IPT_SO_GET_INFO", errno)
	}
	return decodeTableInfo(buf[:min(int(size), len(buf))])
}

func decodeTableInfo(b []byte) (*tableInfo, error) {
	var info tableInfo
	if err := binary.Read(bytes.NewReader(b), binary.NativeEndian, &info); err != nil {
		return nil, fmt.Errorf("the kernel's answer has %d bytes: %w", len(b), err)
	}
	return &info, nil
}
