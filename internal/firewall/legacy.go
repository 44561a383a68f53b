package firewall

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nsfs"
)

// Legacy is a program of the kernel's older packet filter.
type Legacy int

// The programs.
const (
	IPTables Legacy = iota
	IP6Tables
	ARPTables
	EBTables
)

// xtables are the programs whose tables the kernel lists in /proc/net.
var xtables = [...]struct {
	names         string // the file with the tables' names
	family, level int
	get           int // *_SO_GET_INFO
	hooks         int // the number of hooks in the answer
}{
	IPTables:  {"ip_tables_names", unix.AF_INET, unix.SOL_IP, 64, 5},
	IP6Tables: {"ip6_tables_names", unix.AF_INET6, unix.SOL_IPV6, 64, 5},
	ARPTables: {"arp_tables_names", unix.AF_INET, unix.SOL_IP, 96, 3}, // include/uapi/linux/netfilter_arp/arp_tables.h
}

// CountLegacy counts the rules of a legacy program in the existing tables. It
// asks only for tables that the kernel lists, because asking for another one
// makes the kernel load it. The kernel does not list those of ebtables:
// CountLegacy asks for each table whose module is loaded, and the kernel then
// creates an empty one if the namespace had none.
func CountLegacy(h *nsfs.Handle, program Legacy) (n int, err error) {
	err = h.Do(func() error {
		if program == EBTables {
			n, err = countEBTables("/proc/modules")
			return err
		}
		x := &xtables[program]
		names, err := os.ReadFile("/proc/thread-self/net/" + x.names)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the kernel has not loaded it: there can be no rules
		}
		if err != nil {
			return err
		}
		for table := range strings.FieldsSeq(string(names)) {
			b := make([]byte, xtInfoLen(x.hooks))
			if err := getInfo(x.family, x.level, x.get, table, b); err != nil {
				return fmt.Errorf("table %q: %w", table, err)
			}
			n += xtRules(b, x.hooks)
		}
		return nil
	})
	return n, err
}

// nameLen is XT_TABLE_MAXNAMELEN and EBT_TABLE_MAXNAMELEN.
const nameLen = 32

// xtInfoLen returns the length of struct ipt_getinfo, ip6t_getinfo or
// arpt_getinfo, which differ in the number of hooks
// (include/uapi/linux/netfilter_ipv4/ip_tables.h): the name, valid_hooks,
// hook_entry and underflow for each hook, num_entries, size.
func xtInfoLen(hooks int) int { return nameLen + 4*(1+2*hooks+2) }

// xtRules returns the number of entries without the policies of built-in chains
// and the entry that ends the table.
func xtRules(b []byte, hooks int) int {
	valid := binary.NativeEndian.Uint32(b[nameLen:])
	entries := binary.NativeEndian.Uint32(b[nameLen+4*(1+2*hooks):])
	return max(0, int(entries)-bits.OnesCount32(valid)-1)
}

// ebtGetInfo is EBT_SO_GET_INFO
// (include/uapi/linux/netfilter_bridge/ebtables.h).
const ebtGetInfo = 128

// ebtReplace is struct ebt_replace of that file.
type ebtReplace struct {
	Name                 [nameLen]byte
	ValidHooks, NEntries uint32
	EntriesSize          uint32
	HookEntry            [6]uintptr
	NumCounters          uint32
	Counters, Entries    uintptr
}

// countEBTables counts the rules of ebtables; NEntries does not include
// policies. modules is a file in the format of /proc/modules, which a kernel
// without modules lacks.
func countEBTables(modules string) (n int, err error) {
	loaded, err := os.ReadFile(modules)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	builtIn := err != nil
	for _, table := range []string{"filter", "nat", "broute"} {
		if !builtIn && !bytes.Contains(append([]byte("\n"), loaded...), []byte("\nebtable_"+table+" ")) {
			continue
		}
		var info ebtReplace
		b := unsafe.Slice((*byte)(unsafe.Pointer(&info)), unsafe.Sizeof(info))
		err := getInfo(unix.AF_INET, unix.SOL_IP, ebtGetInfo, table, b)
		if errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.ENOENT) {
			continue // the kernel has no ebtables, or not this table
		}
		if err != nil {
			return 0, fmt.Errorf("table %q: %w", table, err)
		}
		n += int(info.NEntries)
	}
	return n, nil
}

// getInfo asks for information about a table. The answer replaces all of b.
func getInfo(family, level, option int, table string, b []byte) error {
	if len(table) >= nameLen {
		return fmt.Errorf("its name has %d bytes, at most %d are allowed", len(table), nameLen-1)
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	clear(b)
	copy(b, table)
	size := uint32(len(b))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return os.NewSyscallError("getsockopt", errno)
	}
	if int(size) != len(b) {
		return fmt.Errorf("the kernel's answer has %d bytes, want %d", size, len(b))
	}
	return nil
}
