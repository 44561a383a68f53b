package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// DeniedError says that the kernel does not let this user make the namespaces,
// or mount in them, and which setting denies it.
type DeniedError struct {
	// Setting is the sysctl or the kernel configuration option that denies it,
	// or a short description if it is neither.
	Setting string
	// Value is the setting's value, or "".
	Value string
	// Fix says what to do.
	Fix string
	// Err is the failed call's error.
	Err error
}

// Error names the setting, its value and what to do.
func (e *DeniedError) Error() string {
	setting := e.Setting
	if e.Value != "" {
		setting += " = " + e.Value
	}
	return fmt.Sprintf("new namespaces are denied by %s: %v; %s", setting, e.Err, e.Fix)
}

// Unwrap returns the failed call's error.
func (e *DeniedError) Unwrap() error { return e.Err }

// denied explains an error of clone, of the id maps or of a mount. It returns
// other errors unchanged.
func denied(err error) error {
	if err == nil {
		return nil
	}
	return diagnose(os.DirFS("/proc"), err)
}

// limits are the sysctls of namespaces(7) that limit how many namespaces a user
// may have; 0 turns a kind off.
var limits = []string{
	"user.max_user_namespaces", "user.max_net_namespaces", "user.max_mnt_namespaces", "user.max_pid_namespaces",
}

// diagnose finds the setting behind err by reading proc, the root of a proc
// file system.
func diagnose(proc fs.FS, err error) error {
	exists := func(name string) bool {
		_, err := fs.Lstat(proc, name)
		return err == nil
	}
	const orRoot = "or run as root"
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		for _, name := range limits {
			if sysctl(proc, name) == "0" {
				return &DeniedError{name, "0", "allow some: sysctl -w " + name + "=10000", err}
			}
		}
		return &DeniedError{"a limit on namespaces", "",
			"raise " + strings.Join(limits, ", ") + " here or in the user namespace outside, or nest fewer than 32 user namespaces", err}
	case errors.Is(err, fs.ErrPermission):
		if name := "kernel.unprivileged_userns_clone"; sysctl(proc, name) == "0" {
			return &DeniedError{name, "0", "allow them: sysctl -w " + name + "=1, " + orRoot, err}
		}
		if name := "kernel.apparmor_restrict_unprivileged_userns"; isOn(sysctl(proc, name)) {
			return &DeniedError{name, sysctl(proc, name),
				"allow them: sysctl -w " + name + "=0, give this program an AppArmor profile with the rule userns, " + orRoot, err}
		}
		if isOn(status(proc, "Seccomp")) {
			return &DeniedError{"a seccomp filter on this process (Seccomp in /proc/self/status)", status(proc, "Seccomp"),
				"containers have one: start the container with --security-opt seccomp=unconfined, or --privileged", err}
		}
		return &DeniedError{"a security module, or a chroot", "",
			"see the kernel log for a denial; user_namespaces(7) lists what forbids a user namespace", err}
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		for _, ns := range []struct{ file, option string }{
			{"user", "CONFIG_USER_NS"}, {"net", "CONFIG_NET_NS"}, {"mnt", "CONFIG_NAMESPACES"}, {"pid", "CONFIG_PID_NS"},
		} {
			if !exists("self/ns/" + ns.file) {
				return &DeniedError{ns.option, "n", "use a kernel that was built with " + ns.option + "=y", err}
			}
		}
	}
	return err
}

// isOn reports whether a setting was read and is not 0.
func isOn(value string) bool { return value != "" && value != "0" }

// sysctl returns a sysctl's value, or "" if the kernel lacks it.
func sysctl(proc fs.FS, name string) string {
	b, err := fs.ReadFile(proc, "sys/"+strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// status returns a field of /proc/self/status, or "".
func status(proc fs.FS, field string) string {
	b, err := fs.ReadFile(proc, "self/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
