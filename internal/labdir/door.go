package labdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Programs enter a lab while they hold a shared lock on its directory
// (flock(2)). `down` holds an exclusive lock from its look for processes to its
// end, and `up` until it has removed nodes. So a program that has not entered
// before that look, and was not seen, cannot enter any more. The lock of
// lockFile would not do, because programs may enter while `up` holds it. `ip
// netns exec` ignores these locks.

// Enter waits while a `down` works, or an `up` that removes nodes. The Dir that
// it returns keeps the next one out until it is closed.
func (r Root) Enter(ctx context.Context, name string) (*Dir, error) {
	p, err := r.Look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, r.NoLab(name)
	}
	if err != nil {
		return nil, err
	}
	if err := p.pass(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("lab %q: %w", name, err), p.Close())
	}
	return p, nil
}

func (p *Dir) pass(ctx context.Context) error {
	if err := flockContext(ctx, int(p.dir.Fd()), unix.LOCK_SH); err != nil {
		return fmt.Errorf("wait for down or up: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(p.dir.Fd()), &st); err != nil {
		return err
	}
	if st.Nlink == 0 {
		return ErrNoLab // the lab has been taken down meanwhile
	}
	return nil
}

// Bar keeps programs from entering the lab until the directory is closed, and
// waits for those that are just entering.
func (p *Dir) Bar(ctx context.Context) error {
	if p.lock.Name() == "." {
		return nil // there is no other lock than this one
	}
	if err := flockContext(ctx, int(p.dir.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lab %q: wait for programs that are being started: %w", p.Name, err)
	}
	return nil
}

// Unbar lets programs enter again.
func (p *Dir) Unbar() error {
	if p.lock.Name() == "." {
		return nil
	}
	return os.NewSyscallError("flock", unix.Flock(int(p.dir.Fd()), unix.LOCK_UN))
}
