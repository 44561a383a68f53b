package ping

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// errno prints an error number in the words of strerror(3), which begin with a
// capital letter where Go's do not. Scripts look for "Network is unreachable".
type errno unix.Errno

func (e errno) Error() string {
	s := unix.Errno(e).Error()
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		s = string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// Unwrap lets errors.Is compare with unix errnos and the fs errors.
func (e errno) Unwrap() error { return unix.Errno(e) }

// failed returns an error that says which step failed for which destination or
// device. If the reason is an error number, it appears in the words of
// strerror(3), without what package os or mdlayher/socket adds.
func failed(step string, err error) error {
	return fmt.Errorf("%s: %w", step, reason(err))
}

func reason(err error) error {
	var e unix.Errno
	if errors.As(err, &e) {
		return errno(e)
	}
	return err
}
