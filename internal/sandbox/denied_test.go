package sandbox

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"
)

func TestDiagnose(t *testing.T) {
	ns := fstest.MapFS{
		"self/ns/user": {}, "self/ns/net": {}, "self/ns/mnt": {}, "self/ns/pid": {},
		"self/status":                     {Data: []byte("Name:\tx\nSeccomp:\t0\nSeccomp_filters:\t0\n")},
		"sys/user/max_user_namespaces":    {Data: []byte("100\n")},
		"sys/user/max_net_namespaces":     {Data: []byte("100\n")},
		"sys/user/max_mnt_namespaces":     {Data: []byte("100\n")},
		"sys/kernel/something_irrelevant": {Data: []byte("0\n")},
	}
	with := func(name, data string) fstest.MapFS {
		m := fstest.MapFS{name: {Data: []byte(data)}}
		for k, v := range ns {
			if _, ok := m[k]; !ok {
				m[k] = v
			}
		}
		return m
	}
	without := func(name string) fstest.MapFS {
		m := with(name, "")
		delete(m, name)
		return m
	}
	for _, tt := range []struct {
		name    string
		proc    fs.FS
		err     error
		setting string // "" if the error is returned unchanged
	}{
		{"user limit", with("sys/user/max_user_namespaces", "0\n"), unix.ENOSPC, "user.max_user_namespaces"},
		{"net limit", with("sys/user/max_net_namespaces", "0\n"), unix.ENOSPC, "user.max_net_namespaces"},
		{"mnt limit", with("sys/user/max_mnt_namespaces", "0\n"), unix.ENOSPC, "user.max_mnt_namespaces"},
		{"limit outside", ns, unix.ENOSPC, "a limit on namespaces"},
		{"Debian", with("sys/kernel/unprivileged_userns_clone", "0\n"), unix.EPERM, "kernel.unprivileged_userns_clone"},
		{"Debian, allowed", with("sys/kernel/unprivileged_userns_clone", "1\n"), unix.EPERM, "a security module, or a chroot"},
		{"Ubuntu", with("sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"), unix.EACCES, "kernel.apparmor_restrict_unprivileged_userns"},
		{"Ubuntu, allowed", with("sys/kernel/apparmor_restrict_unprivileged_userns", "0\n"), unix.EACCES, "a security module, or a chroot"},
		{"container", with("self/status", "Seccomp:\t2\n"), unix.EPERM, "a seccomp filter on this process (Seccomp in /proc/self/status)"},
		{"no user namespaces", without("self/ns/user"), unix.EINVAL, "CONFIG_USER_NS"},
		{"no network namespaces", without("self/ns/net"), unix.EINVAL, "CONFIG_NET_NS"},
		{"something else invalid", ns, unix.EINVAL, ""},
		{"not a denial", ns, unix.ENOMEM, ""},
		{"no proc at all", fstest.MapFS{}, unix.EPERM, "a security module, or a chroot"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failed := &fs.PathError{Op: "fork/exec", Path: "/proc/self/exe", Err: tt.err}
			err := diagnose(tt.proc, failed)
			if !errors.Is(err, tt.err) {
				t.Errorf("%v does not unwrap to %v", err, tt.err)
			}
			var denied *DeniedError
			if !errors.As(err, &denied) {
				if tt.setting != "" {
					t.Fatalf("%v is no DeniedError", err)
				}
				return
			}
			if denied.Setting != tt.setting {
				t.Errorf("setting %q, want %q", denied.Setting, tt.setting)
			}
			if denied.Fix == "" || !strings.Contains(err.Error(), denied.Setting) || !strings.Contains(err.Error(), denied.Fix) {
				t.Errorf("%q lacks the setting or what to do", err)
			}
		})
	}
	if denied(nil) != nil {
		t.Error("no error is denied")
	}
}
