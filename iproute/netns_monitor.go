package iproute

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/nslab/nslab/internal/plain"
	"golang.org/x/sys/unix"
)

// netnsMonitor prints names as they come and go, until it is interrupted.
func netnsMonitor(ctx context.Context, s *Session, _ *Options) error {
	path := s.dir().Path
	if path == "" {
		path = "/run/netns"
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return failed(err)
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return failed(os.NewSyscallError("inotify_init1", err))
	}
	f := os.NewFile(uintptr(fd), "inotify")
	defer f.Close()
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_CREATE|unix.IN_DELETE); err != nil {
		return failed(fmt.Errorf("watch %s: %w", path, err))
	}
	stop := context.AfterFunc(ctx, func() { f.Close() })
	defer stop()
	buf := make([]byte, 64<<10)
	for {
		n, err := f.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return failed(err)
		}
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			mask := binary.NativeEndian.Uint32(b[4:])
			size := int(binary.NativeEndian.Uint32(b[12:]))
			if size > len(b)-unix.SizeofInotifyEvent {
				break // never happens: the kernel writes whole events
			}
			name := unix.ByteSliceToString(b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+size])
			b = b[unix.SizeofInotifyEvent+size:]
			word := "add"
			if mask&unix.IN_DELETE != 0 {
				word = "delete"
			}
			if _, err := fmt.Fprintf(s.Stdout, "%s %s\n", word, plain.Text(name)); err != nil {
				return failed(err)
			}
		}
	}
}
