package nlspec

import (
	"cmp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Families is what a decoder knows besides the tables of this package: the
// families of generic netlink, whose numbers the kernel assigns at run time. It
// learns them from the controller's messages when Context.Open reads these, so
// messages must be opened in the order in which they were sent. All network
// namespaces of a machine share the numbers.
//
// The zero value knows the families whose numbers never change. A Families must
// not be used by two goroutines at once.
type Families struct {
	ids    map[uint16]*genlFamily
	groups map[uint32]string // multicast groups of generic netlink by number

	specs map[string]*Family // specifications of generic netlink families, by name
	raw   map[int]*Family    // messages of other protocols, by protocol, merged with the tables
}

// genlFamily is a family of generic netlink that the controller announced.
type genlFamily struct {
	name   string
	label  string   // the name as one word of printable characters
	header *CStruct // genlmsghdr and the family's own header
	groups []uint32
}

// Bounds on what is learnt: names are shorter than GENL_NAMSIZ, there are fewer
// families than message types, and headers are not longer than this.
const (
	genlNameSize  = 16
	maxGenlHeader = 256
	maxGenlGroups = 1 << 16
)

// staticFamilies are the families whose numbers never change
// (include/uapi/linux/genetlink.h).
var staticFamilies map[uint16]*genlFamily

func init() {
	staticFamilies = map[uint16]*genlFamily{
		unix.GENL_ID_CTRL:     newGenlFamily("nlctrl", 0),
		unix.GENL_ID_CTRL + 1: newGenlFamily("VFS_DQUOT", 0),
		unix.GENL_ID_CTRL + 2: newGenlFamily("pmcraid", 0),
	}
}

// newGenlFamily returns a family with a header of size bytes of its own.
func newGenlFamily(name string, size int) *genlFamily {
	f := &genlFamily{name: name, label: oneWord(name), header: genlmsghdr}
	if size > 0 && size <= maxGenlHeader {
		f.header = &CStruct{Name: "genlmsghdr", Fields: append(genlmsghdr.Fields[:len(genlmsghdr.Fields):len(genlmsghdr.Fields)],
			Field{Name: "header", Len: align(size)})}
	}
	return f
}

// oneWord replaces characters that would not stay one word in a line, because
// there are names such as "802.15.4 MAC".
func oneWord(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}

// family returns the family with number id, or nil.
func (f *Families) family(id uint16) *genlFamily {
	if f != nil && f.ids[id] != nil {
		return f.ids[id]
	}
	return staticFamilies[id]
}

// genl returns the grammar of a generic netlink message of type id with this
// body. If nothing is known of the message, its name is its family and its
// command, such as "devlink:4", or "28:4" if the family is not known either.
func (f *Families) genl(id uint16, d Direction, body []byte) Message {
	family := f.family(id)
	label := strconv.Itoa(int(id))
	m := Message{Header: genlmsghdr}
	if family != nil {
		label, m.Header = family.label, family.header
	}
	if len(body) == 0 { // only the nlmsghdr, as in an answer without the request
		m.Name = label
		return m
	}
	cmd := body[0]
	if id == unix.GENL_ID_CTRL && int(cmd) < len(ctrlMessages) && ctrlMessages[cmd].Name != "" {
		return ctrlMessages[cmd]
	}
	if f != nil && family != nil && f.specs[family.name] != nil {
		if known, ok := f.specs[family.name].messages(d)[uint16(cmd)]; ok {
			return known
		}
	}
	m.Name = label + ":" + strconv.Itoa(int(cmd))
	return m
}

// GroupName returns the name of a multicast group of protocol, such as
// "RTNLGRP_LINK". The name of a group of generic netlink is that of its family
// and its own, "nlctrl:notify", once the controller has announced it. The name
// of an unknown group is its number. A nil f knows only the tables.
func (f *Families) GroupName(protocol int, group uint32) string {
	if protocol == unix.NETLINK_GENERIC {
		if f != nil && f.groups[group] != "" {
			return f.groups[group]
		}
		if group == unix.GENL_ID_CTRL {
			return "nlctrl:notify"
		}
	}
	if name := GroupName(protocol, group); name[0] < '0' || name[0] > '9' || f == nil || f.raw[protocol] == nil {
		return name
	}
	return cmp.Or(f.raw[protocol].Groups[group], strconv.FormatUint(uint64(group), 10))
}

// learn learns about a family from a message of the controller.
func (f *Families) learn(cmd uint8, body *Body) {
	var id, size uint64
	var name string
	var groups Item // valid after the walk, which enters no other body
	body.Items(func(it *Item) bool {
		switch n, _ := it.Attr.Kind.Number(it.Payload); it.Type & nlaTypeMask {
		case ctrlAttrFamilyID:
			id = n
		case ctrlAttrFamilyName:
			name, _, _ = strings.Cut(string(it.Payload[:min(len(it.Payload), genlNameSize)]), "\x00")
		case ctrlAttrHdrSize:
			size = n
		case ctrlAttrMcastGroups:
			groups = *it
		}
		return true
	})
	if id < unix.NLMSG_MIN_TYPE || id > 1<<16-1 || name == "" {
		return
	}
	switch ctrlMessages[cmd].Name {
	case "CTRL_CMD_NEWFAMILY":
		f.forget(uint16(id))
		if f.ids == nil {
			f.ids = map[uint16]*genlFamily{}
		}
		f.ids[uint16(id)] = newGenlFamily(name, int(min(size, maxGenlHeader+1)))
		f.learnGroups(f.ids[uint16(id)], groups)
	case "CTRL_CMD_NEWMCAST_GRP":
		if family := f.ids[uint16(id)]; family != nil {
			f.learnGroups(family, groups)
		}
	case "CTRL_CMD_DELFAMILY":
		f.forget(uint16(id))
	}
}

// learnGroups learns the groups in CTRL_ATTR_MCAST_GROUPS.
func (f *Families) learnGroups(family *genlFamily, groups Item) {
	if groups.body == nil {
		return
	}
	list := groups.Child()
	if list == nil {
		return
	}
	list.Items(func(element *Item) bool {
		if body := element.Child(); body != nil {
			f.learnGroup(family, body)
		}
		return true
	})
}

func (f *Families) learnGroup(family *genlFamily, body *Body) {
	var id uint64
	var name string
	body.Items(func(it *Item) bool {
		switch it.Type & nlaTypeMask {
		case ctrlAttrGroupName:
			name, _, _ = strings.Cut(string(it.Payload[:min(len(it.Payload), genlNameSize)]), "\x00")
		case ctrlAttrGroupID:
			id, _ = it.Attr.Kind.Number(it.Payload)
		}
		return true
	})
	if id == 0 || id > 1<<32-1 || name == "" || len(f.groups) >= maxGenlGroups {
		return
	}
	if f.groups == nil {
		f.groups = map[uint32]string{}
	}
	f.groups[uint32(id)] = family.label + ":" + oneWord(name)
	family.groups = append(family.groups, uint32(id))
}

// forget drops a family that is gone, because another one may get its number.
func (f *Families) forget(id uint16) {
	if family := f.ids[id]; family != nil {
		for _, group := range family.groups {
			delete(f.groups, group)
		}
		delete(f.ids, id)
	}
}
