package rtnl

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"

	"golang.org/x/sys/unix"
)

// A NoDeviceError means that a request names a link that does not exist.
// Nothing of the request was sent. It matches what Err matches: fs.ErrNotExist.
type NoDeviceError struct {
	// Name is the link's name in the request.
	Name string
	// NetNS is the label of the Conn's namespace, "" for none.
	NetNS string
	// Err is the kernel's answer, an *Error.
	Err error
}

func (e *NoDeviceError) Error() string {
	if e.NetNS == "" {
		return fmt.Sprintf("Cannot find device %q", e.Name)
	}
	return fmt.Sprintf("Cannot find device %q in namespace %q", e.Name, e.NetNS)
}

// Unwrap returns Err.
func (e *NoDeviceError) Unwrap() error { return e.Err }

// LinkIndex returns the index of a link, given by its name or an alternative
// name. As in iproute2, "ifN" is the link of index N if no link has that name.
// If there is no such link, the error is a *NoDeviceError.
func (c *Conn) LinkIndex(ctx context.Context, name string) (uint32, error) {
	if err := c.lock(ctx); err != nil {
		return 0, c.notSent(&LinkGet{Link: LinkName(name)}, err)
	}
	defer c.unlock()
	return c.lookUp(ctx, name)
}

// lookUp does what LinkIndex does, on a locked Conn. c.enc may contain a
// message meanwhile.
func (c *Conn) lookUp(ctx context.Context, name string) (uint32, error) {
	index, err := c.lookUpRef(ctx, LinkName(name))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return index, err
	}
	if len(name) > 2 && name[:2] == "if" {
		if n, perr := strconv.ParseUint(name[2:], 10, 31); perr == nil && n > 0 {
			if index, lerr := c.lookUpRef(ctx, LinkIndex(uint32(n))); lerr == nil {
				return index, nil
			}
		}
	}
	return 0, &NoDeviceError{Name: name, NetNS: c.name, Err: err}
}

func (c *Conn) lookUpRef(ctx context.Context, l LinkRef) (uint32, error) {
	c.look.reset()
	if _, err := c.look.message(&LinkGet{Link: l, ExtMask: rtextFilterSkipStats}); err != nil {
		return 0, err
	}
	var got Messages
	if err := c.exchange(ctx, c.look.encoded(), 0, true, &got); err != nil {
		return 0, err
	}
	for m := range got.All() {
		if index := m.header32(4); index != 0 {
			return index, nil
		}
	}
	return 0, fmt.Errorf("%w: a link without an index", ErrMalformed)
}

// resolve looks up the names in an encoded message and inserts the results. As
// in iproute2, the link that the message is about comes after those that it
// refers to: if several are missing, it is reported last. Namespaces stay open
// until c.closeNetNSs.
func (c *Conn) resolve(ctx context.Context, buf []byte, links []linkAt, spaces []netnsAt) error {
	for _, header := range [...]bool{false, true} {
		for _, l := range links {
			if l.known || l.header != header {
				continue
			}
			index, err := c.lookUp(ctx, l.name)
			if err != nil {
				return err
			}
			binary.NativeEndian.PutUint32(buf[l.off:], index)
		}
	}
	for _, s := range spaces {
		fd, release, err := c.openNetNS(s.netns)
		if err != nil {
			return err
		}
		c.opened = append(c.opened, release)
		binary.NativeEndian.PutUint32(buf[s.off:], uint32(fd))
	}
	return nil
}

// closeNetNSs closes the namespaces opened for messages that have been sent.
func (c *Conn) closeNetNSs() {
	for _, release := range c.opened {
		release()
	}
	c.opened = c.opened[:0]
}

// encode encodes a request into the Conn's buffer and looks up the names in it.
func (c *Conn) encode(ctx context.Context, r Request) (encoded, error) {
	c.enc.reset()
	if _, err := c.enc.message(r); err != nil {
		return encoded{}, err
	}
	if err := c.resolve(ctx, c.enc.buf, c.enc.links, c.enc.spaces); err != nil {
		c.closeNetNSs()
		return encoded{}, err
	}
	return c.enc.encoded(), nil
}

// ready looks up the names in the n requests from i on, as many of them as can
// be sent at once, and returns that number. A name is looked up only after the
// requests have been sent that may change what it stands for. An error belongs
// to request i.
func (c *Conn) ready(ctx context.Context, b *Batch, i, n int) (int, error) {
	if b.enc.lookups == 0 && len(b.enc.spaces) == 0 {
		return n, nil
	}
	for k := i; k < i+n; k++ {
		links, spaces := b.refs(k)
		if k > i && !allKnown(links) && b.changesNames(i, k) {
			return k - i, nil
		}
		if err := c.resolve(ctx, b.enc.buf, links, spaces); err != nil {
			if k == i {
				return 0, err
			}
			return k - i, nil // it is reported when its turn comes
		}
	}
	return n, nil
}

func allKnown(links []linkAt) bool {
	for _, l := range links {
		if !l.known {
			return false
		}
	}
	return true
}

// refs returns the names in request k.
func (b *Batch) refs(k int) (links []linkAt, spaces []netnsAt) {
	from, to := b.starts[k], len(b.enc.buf)
	if k+1 < len(b.starts) {
		to = b.starts[k+1]
	}
	link := func(off int) int {
		return sort.Search(len(b.enc.links), func(j int) bool { return b.enc.links[j].off >= off })
	}
	space := func(off int) int {
		return sort.Search(len(b.enc.spaces), func(j int) bool { return b.enc.spaces[j].off >= off })
	}
	return b.enc.links[link(from):link(to)], b.enc.spaces[space(from):space(to)]
}

// changesNames reports whether requests i to k may change which link a name
// stands for.
func (b *Batch) changesNames(i, k int) bool {
	for ; i < k; i++ {
		if m, _, err := nextMessage(b.message(i)); err != nil || changesNames(m) {
			return true
		}
	}
	return false
}

func changesNames(m Message) bool {
	switch m.Type {
	case unix.RTM_DELLINK:
		return len(m.Data) == 0 || m.Data[0] != unix.AF_BRIDGE // that one deletes VLANs of a port
	case unix.RTM_NEWLINKPROP, unix.RTM_DELLINKPROP:
		return true
	case unix.RTM_NEWLINK, unix.RTM_SETLINK:
		if m.Flags&unix.NLM_F_CREATE != 0 {
			return true
		}
		for r := m.attrs(unix.SizeofIfInfomsg); r.Next(); {
			switch r.Type() {
			case unix.IFLA_IFNAME, unix.IFLA_NET_NS_FD, unix.IFLA_NET_NS_PID, unix.IFLA_TARGET_NETNSID:
				return true
			}
		}
	}
	return false
}
