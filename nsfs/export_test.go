package nsfs

import (
	"context"
	"os"
)

// BindSteps does what Bind does, and calls a function between its steps, under
// the directory's lock: "bound" and "private" while the directory is made a
// mount, "stub" after the file is created, "mounted" after the mount.
func (d Dir) BindSteps(ctx context.Context, name string, h *Handle, step func(string)) error {
	return d.bind(ctx, name, h, step)
}

// Unchecked returns a handle on a file that need not be a namespace.
func Unchecked(f *os.File) *Handle { return &Handle{file: f} }

// BindMount is bindMount.
var BindMount = bindMount

// OpenNetOfThread opens the calling thread's namespace by a descriptor, by its
// own pidfd if that is 0, and by its path if it is -1. It closes the
// descriptor.
func OpenNetOfThread(pidfd int) (int, error) {
	n := netOfThread{pidfd}
	if pidfd == 0 {
		n = newNetOfThread()
	}
	defer n.close()
	return n.open()
}
