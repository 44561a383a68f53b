package view

import (
	"errors"
	"io"
	"strings"

	"github.com/nslab/nslab/topology"
)

// user checks that programs of a node find its user and group, as far as the
// lab file or the machine says what /etc/passwd and /etc/group contain there.
// What is in a bind, an overlay or a tmpfs may be made later.
func (c *checker) user(n *topology.Node, mounts []mount) {
	if n.User == "" {
		return
	}
	var read [2]io.Reader
	for i, path := range []string{"/etc/passwd", "/etc/group"} {
		text, known, err := c.accounts(mounts, path)
		if err != nil {
			c.wrong.Add(n.ViewPos("user"), "", "user: %v", err)
			return
		}
		if !known {
			return
		}
		read[i] = strings.NewReader(text)
	}
	u, err := lookUp(n.User, read[0], read[1])
	if err == nil {
		if users, _ := n.Accounts(); len(users) == 0 {
			err = errors.Join(mapped("uid", u.Uid), mapped("gid", u.Gid))
		}
	}
	if err != nil {
		c.wrong.Add(n.ViewPos("user"), "", "user: %v", err)
	}
}

// accounts returns what a node's programs see in /etc/passwd or /etc/group, and
// false if that is not known before.
func (c *checker) accounts(mounts []mount, path string) (text string, known bool, err error) {
	for i := len(mounts) - 1; i >= 0; i-- {
		m := &mounts[i]
		switch {
		case m.kind == isFile && m.target == path:
			return m.file.Content, m.file.Template == "" && !m.file.Templated, nil
		case m.target == path, strings.HasPrefix(path, m.target+"/"):
			return "", false, nil
		}
	}
	text, known = c.machine[path]
	if !known {
		if text, err = readAccounts(path); err != nil {
			return "", false, err
		}
		c.machine[path] = text
	}
	return text, true, nil
}
