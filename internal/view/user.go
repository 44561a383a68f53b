package view

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"
)

// maxAccounts is how much of /etc/passwd and /etc/group is read, in bytes.
const maxAccounts = 64 << 20

// findUser finds USER or USER:GROUP in the /etc/passwd and /etc/group that the
// calling thread sees. A number needs no entry there.
func findUser(spec string) (*user.ExecUser, error) {
	passwd, err := accounts("/etc/passwd")
	if err != nil {
		return nil, err
	}
	group, err := accounts("/etc/group")
	if err != nil {
		return nil, err
	}
	u, err := lookUp(spec, passwd, group)
	if err != nil {
		return nil, err
	}
	return u, errors.Join(mapped("uid", u.Uid), mapped("gid", u.Gid))
}

// lookUp finds USER or USER:GROUP in the contents of two such files.
func lookUp(spec string, passwd, group io.Reader) (*user.ExecUser, error) {
	u, err := user.GetExecUser(spec, &user.ExecUser{Home: "/"}, passwd, group)
	name, groupName, _ := strings.Cut(spec, ":")
	switch {
	case errors.Is(err, user.ErrNoPasswdEntries):
		return nil, fmt.Errorf("/etc/passwd has no user %q", name)
	case errors.Is(err, user.ErrNoGroupEntries):
		return nil, fmt.Errorf("/etc/group has no group %q", groupName)
	case err != nil:
		return nil, fmt.Errorf("user %q: %w", spec, err)
	}
	return u, nil
}

// accounts reads one of the two files; one that is missing has no entries.
func accounts(path string) (io.Reader, error) {
	fd, err := retryFD(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) })
	if err == unix.ENOENT {
		return bytes.NewReader(nil), nil
	}
	if err != nil {
		return nil, called("open", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a regular file", path))
	}
	b, err := io.ReadAll(io.LimitReader(f, maxAccounts))
	return bytes.NewReader(b), err
}

// mapped returns an error for an id that the user namespace does not have.
func mapped(what string, id int) error {
	b, err := os.ReadFile("/proc/thread-self/" + what + "_map")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(b)) {
		var inside, outside, n int64
		if _, err := fmt.Sscan(line, &inside, &outside, &n); err == nil && int64(id) >= inside && int64(id)-inside < n {
			return nil
		}
	}
	return fmt.Errorf("%s %d does not exist in this user namespace", what, id)
}

// inUserNamespace reports whether this process is in another user namespace than
// the first one, whose map has all ids (user_namespaces(7)).
func inUserNamespace() (bool, error) {
	b, err := os.ReadFile("/proc/self/uid_map")
	return strings.Join(strings.Fields(string(b)), " ") != "0 0 4294967295", err
}

// credential is what a program gets of a user.
func credential(u *user.ExecUser) (*syscall.Credential, error) {
	c := &syscall.Credential{Uid: uint32(u.Uid), Gid: uint32(u.Gid)}
	for _, g := range u.Sgids {
		c.Groups = append(c.Groups, uint32(g))
	}
	// Where an unprivileged user has made the user namespace, groups stay
	// (user_namespaces(7)).
	b, err := os.ReadFile("/proc/thread-self/setgroups")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	c.NoSetGroups = strings.TrimSpace(string(b)) == "deny"
	return c, nil
}

// homeOf are the variables that a change of user changes, as login(1) has them.
func homeOf(u *user.ExecUser, name string) []string {
	name, _, _ = strings.Cut(name, ":")
	if _, err := strconv.Atoi(name); err == nil {
		return []string{"HOME=" + u.Home}
	}
	return []string{"HOME=" + u.Home, "USER=" + name, "LOGNAME=" + name}
}
