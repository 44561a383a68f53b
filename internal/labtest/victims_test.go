package labtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// victims are small programs to trace.
var victims = map[string]func(args []string) error{
	// mkdirs DIR N makes N directories and reports each result.
	"mkdirs": func(args []string) error {
		var n int
		if _, err := fmt.Sscan(args[1], &n); err != nil {
			return err
		}
		for i := range n {
			err := unix.Mkdir(filepath.Join(args[0], fmt.Sprint(i+1)), 0o755)
			fmt.Printf("%d: %v\n", i+1, err)
		}
		return nil
	},
	// everything DIR does each kind of change, on several threads at once.
	"everything": func(args []string) error {
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				runtime.LockOSThread() // never unlocked, because the thread changes its namespace
				errs[i] = everything(filepath.Join(args[0], fmt.Sprint(i)))
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	},
	// child DIR makes a directory, starts a program that does not end by
	// itself, and makes another directory.
	"child": func(args []string) error {
		if err := os.Mkdir(filepath.Join(args[0], "1"), 0o755); err != nil {
			return err
		}
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer r.Close()
		cmd := exec.Command("sh", "-c", "echo $$; exec sleep 1000")
		cmd.Stdout = w
		if err := cmd.Start(); err != nil {
			return err
		}
		w.Close()
		var pid int
		if _, err := fmt.Fscan(r, &pid); err != nil {
			return err
		}
		fmt.Println("child", pid)
		if err := os.Mkdir(filepath.Join(args[0], "2"), 0o755); err != nil {
			return err
		}
		return cmd.Wait()
	},
	// hang does nothing for ever.
	"hang": func([]string) error {
		for {
			unix.Pause() // Go's own signals end it
		}
	},
	// netlink asks for a link that does not exist, and reports the queued
	// answers.
	"netlink": func([]string) error {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
		if err != nil {
			return err
		}
		if err := getLink(fd); err != nil {
			return err
		}
		for {
			n, _, err := unix.Recvfrom(fd, make([]byte, 8192), unix.MSG_DONTWAIT)
			if err == unix.EAGAIN {
				fmt.Println("nothing")
				return nil
			}
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println("received", n > 0)
		}
	},
}

// getLink sends RTM_GETLINK for an unused index.
func getLink(fd int) error {
	b := make([]byte, unix.SizeofNlMsghdr+unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b[0:], uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(b[unix.SizeofNlMsghdr+4:], 1<<20)
	return unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

func everything(dir string) error {
	var errs []error
	do := func(err error) { errs = append(errs, err) }
	at := func(name string) string { return filepath.Join(dir, name) }
	do(os.Mkdir(dir, 0o755))
	f, err := os.Create(at("file"))
	if err != nil {
		return err
	}
	_, err = f.WriteString("text")
	do(err)
	_, err = f.WriteAt([]byte("T"), 0)
	do(err)
	do(f.Truncate(2))
	do(f.Chmod(0o600))
	do(f.Close())
	// Reading and opening change nothing.
	_, err = os.ReadFile(at("file"))
	do(err)
	do(os.Rename(at("file"), at("other")))
	do(os.Symlink("other", at("link")))
	do(os.Link(at("other"), at("hard")))
	do(unix.Unshare(unix.CLONE_NEWNET))
	ns, err := os.Open("/proc/thread-self/ns/net")
	do(err)
	do(unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET))
	do(ns.Close())
	do(os.Mkdir(at("mount"), 0o755))
	do(unix.Mount("none", at("mount"), "tmpfs", 0, ""))
	do(unix.Unmount(at("mount"), unix.MNT_DETACH))
	for _, name := range []string{"link", "hard", "other", "mount"} {
		do(os.Remove(at(name)))
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	do(getLink(fd))
	do(unix.Close(fd))
	do(os.Remove(dir))
	return errors.Join(errs...)
}
