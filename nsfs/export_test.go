package nsfs

import (
	"context"
	"os"
)

// BindSteps is Bind with a function that is called between its steps, under the
// directory's lock: "bound" and "private" where the directory is made a mount,
// "stub" after the file is made, "mounted" after the mount.
func (d Dir) BindSteps(ctx context.Context, name string, h *Handle, step func(string)) error {
	return d.bind(ctx, name, h, step)
}

// Unchecked returns a handle on a file that need not be a namespace.
func Unchecked(f *os.File) *Handle { return &Handle{file: f} }
