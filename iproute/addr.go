package iproute

import (
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var addressObject = object{
	name: "address",
	bare: "list",
	verbs: []verb{
		{name: "add", parse: parseAddrAdd(rtnl.ModeAdd)},
		{name: "change", parse: parseAddrAdd(rtnl.ModeChange)},
		{name: "chg", parse: parseAddrAdd(rtnl.ModeChange)},
		{name: "replace", parse: parseAddrAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseAddrDel},
		{name: "list", parse: parseAddrShow},
		{name: "show", parse: parseAddrShow},
		{name: "lst", parse: parseAddrShow},
		{name: "flush", parse: parseAddrFlush},
		{name: "save"}, {name: "showdump"}, {name: "restore"},
	},
	format: ofRequest(formatAddr),
	usage:  addrUsage,
}

const addrUsage = `Addresses:
  ip address { add | change | replace } ADDRESS dev DEV [ valid_lft LIFETIME ]
             [ preferred_lft LIFETIME ] [ home | mngtmpaddr | nodad | optimistic
             | noprefixroute | autojoin ] ...
  ip address delete ADDRESS dev DEV [ mngtmpaddr ]
  ip address flush [ dev DEV ] [ to PREFIX ] [ scope SCOPE ] [ label PATTERN ]
             [ FLAG ... ]
  ip address [ show ] [ dev DEV ] [ to PREFIX ] [ scope SCOPE ]
             [ label PATTERN ] [ FLAG ... ] [ up ] [ master DEV | nomaster ]
             [ vrf NAME ] [ group GROUP ] [ type KIND ]
ADDRESS:  { PREFIX | ADDRESS peer PREFIX } [ broadcast { ADDRESS | + | - } ]
          [ anycast ADDRESS ] [ label LABEL ] [ scope SCOPE ] [ metric N ]
          [ proto { kernel_lo | kernel_ra | kernel_ll | N } ]
FLAG:     [-] permanent, dynamic, primary, secondary, temporary, tentative,
          deprecated, dadfailed, home, mngtmpaddr, nodad, optimistic,
          noprefixroute, autojoin, stable-privacy
LIFETIME: seconds, or "forever"
`

// addrFlag is a flag of an address, IFA_F_*, with its word in ip-address(8).
type addrFlag struct {
	name string
	mask uint32
	// kernels says that only the kernel sets it. v6 says that only IPv6 has it.
	kernels, v6 bool
}

// addrFlags are in the order in which ip(8) prints them (ifa_flag_data in
// ip/ipaddress.c).
var addrFlags = []addrFlag{
	{"secondary", unix.IFA_F_SECONDARY, true, false},
	{"temporary", unix.IFA_F_SECONDARY, true, false},
	{"nodad", unix.IFA_F_NODAD, false, true},
	{"optimistic", unix.IFA_F_OPTIMISTIC, false, true},
	{"dadfailed", unix.IFA_F_DADFAILED, true, true},
	{"home", unix.IFA_F_HOMEADDRESS, false, true},
	{"deprecated", unix.IFA_F_DEPRECATED, true, true},
	{"tentative", unix.IFA_F_TENTATIVE, true, true},
	{"permanent", unix.IFA_F_PERMANENT, true, true},
	{"mngtmpaddr", unix.IFA_F_MANAGETEMPADDR, false, true},
	{"noprefixroute", unix.IFA_F_NOPREFIXROUTE, false, false},
	{"autojoin", unix.IFA_F_MCAUTOJOIN, false, false},
	{"stable-privacy", unix.IFA_F_STABLE_PRIVACY, true, true},
}

func findAddrFlag(word string) *addrFlag {
	for i := range addrFlags {
		if addrFlags[i].name == word {
			return &addrFlags[i]
		}
	}
	return nil
}

// addrProtos are the names of IFAPROT_* in later versions of ip(8)
// (include/uapi/linux/if_addr.h).
var addrProtos = [...]string{1: "kernel_lo", 2: "kernel_ra", 3: "kernel_ll"}
