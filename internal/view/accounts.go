package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moby/sys/user"
	"github.com/nslab/nslab/topology"
)

// accountsOf returns mounts of /etc/passwd and /etc/group in which users and
// groups are root that daemons of a node's kind want to be, and that this user
// namespace does not have. Where it has them, and where the lab file has these
// files itself, there is none.
func accountsOf(n *topology.Node) (all []mount, err error) {
	users, groups := n.Accounts()
	if len(users) == 0 {
		return nil, nil
	}
	missing := false
	id := func(kind string, id int) { missing = missing || mapped(kind, id) != nil }
	passwd, err := readAccounts("/etc/passwd")
	if err != nil {
		return nil, err
	}
	group, err := readAccounts("/etc/group")
	if err != nil {
		return nil, err
	}
	us, err := user.ParsePasswdFilter(strings.NewReader(passwd), func(u user.User) bool { return slices.Contains(users, u.Name) })
	if err != nil {
		return nil, fmt.Errorf("/etc/passwd: %w", err)
	}
	for _, u := range us {
		id("uid", u.Uid)
	}
	gs, err := user.ParseGroupFilter(strings.NewReader(group), func(g user.Group) bool { return slices.Contains(groups, g.Name) })
	if err != nil {
		return nil, fmt.Errorf("/etc/group: %w", err)
	}
	for _, g := range gs {
		id("gid", g.Gid)
	}
	if !missing {
		return nil, nil
	}
	for _, f := range []topology.File{
		{Target: "/etc/passwd", Content: asRoot(passwd, users, 2, 3), Mode: 0o644},
		{Target: "/etc/group", Content: asRoot(group, groups, 2), Mode: 0o644},
	} {
		all = append(all, mount{kind: isFile, target: f.Target, file: f, content: f.Content})
	}
	return all, nil
}

func readAccounts(path string) (string, error) {
	r, err := accounts(path)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

// asRoot returns the text of /etc/passwd or /etc/group in which some names have
// the number 0 in some fields.
func asRoot(text string, names []string, fields ...int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		words := strings.Split(line, ":")
		if slices.Contains(names, words[0]) {
			for _, i := range fields {
				if i < len(words) {
					words[i] = "0"
				}
			}
		}
		b.WriteString(strings.Join(words, ":"))
	}
	return b.String()
}
