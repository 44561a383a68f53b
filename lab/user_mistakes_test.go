package lab

import "testing"

// A user or a group that a node's programs would not find is a mistake, by the
// machine's files or by the lab file's own. What a tmpfs hides may come later.
func TestIntegrationUnknownUser(t *testing.T) {
	dir := beside(t, map[string]string{"x": ""})
	viewMistakes(t, dir, `name: t
nodes:
  a: {user: no-such-user}
  b: {user: "0:no-such-group"}
  c: {user: me, files: {/etc/passwd: {content: "me:x:0:0::/:/bin/sh\n"}}}
  d: {user: root, files: {/etc/passwd: {content: "me:x:0:0::/:/bin/sh\n"}}}
  e: {user: no-such-user, tmpfs: {/etc: ""}}
`, "3:13: user: /etc/passwd has no user \"no-such-user\"\n"+
		"4:13: user: /etc/group has no group \"no-such-group\"\n"+
		"6:13: user: /etc/passwd has no user \"root\"")
}
