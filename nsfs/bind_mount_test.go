package nsfs_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// If a system call filter refuses open_tree, mount(2) is used.
func TestBindMountFiltered(t *testing.T) {
	d := nsfs.Dir{Path: filepath.Join(scratch(t), "ns")}
	want := create(t, d, "a").ID()
	for _, errno := range []unix.Errno{0, unix.ENOSYS, unix.EPERM} {
		at := filepath.Join(scratch(t), "bound")
		if err := os.WriteFile(at, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			// The thread and the filter end with the goroutine.
			runtime.LockOSThread()
			if errno != 0 {
				if err := refuse(unix.SYS_OPEN_TREE, errno); err != nil {
					done <- err
					return
				}
			}
			done <- bind(d.File("a"), at)
		}()
		if err := <-done; err != nil {
			t.Errorf("open_tree refused with %v: %v", errno, err)
			continue
		}
		h, err := nsfs.OpenPath(at)
		if err != nil {
			t.Errorf("open_tree refused with %v: %v", errno, err)
			continue
		}
		if h.ID() != want {
			t.Errorf("open_tree refused with %v: %v is mounted, want %v", errno, h.ID(), want)
		}
		h.Close()
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}

func bind(what, at string) error {
	fd, err := unix.Open(what, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	to, err := unix.Open(at, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(to)
	return nsfs.BindMount(fd, to)
}

// refuse makes a system call fail in the calling thread (seccomp(2)).
func refuse(call uint32, errno unix.Errno) error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog))); e != 0 {
		return os.NewSyscallError("seccomp", e)
	}
	return nil
}

// A thread's namespace is the same by its pidfd, and by its path if the kernel
// has no pidfds of threads, or has them but does not support the ioctl.
func TestNetOfThread(t *testing.T) {
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := nsfs.OpenPath("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for name, pidfd := range map[string]int{"pidfd": 0, "path": -1, "no answer": null} {
		fd, err := nsfs.OpenNetOfThread(pidfd)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		defer unix.Close(fd)
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Ino != own.ID().Ino {
			t.Errorf("%s: net:[%d], want %v (%v)", name, st.Ino, own.ID(), err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s: flags %#x (%v), want close-on-exec", name, flags, err)
		}
	}
}
