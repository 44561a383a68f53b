package labtest

import "golang.org/x/sys/unix"

// errnos are the errors of each kind of call in the error sweep: those in its
// manual page, and those of a limit, a full disk or a security module.
var errnos = map[string][]unix.Errno{
	"sendto":        {unix.ENOBUFS, unix.EPERM, unix.ENOMEM},
	"sendmsg":       {unix.ENOBUFS, unix.EPERM, unix.ENOMEM},
	"unshare":       {unix.ENOSPC, unix.EPERM, unix.ENOMEM},
	"setns":         {unix.EPERM, unix.ENOMEM},
	"mount":         {unix.EPERM, unix.ENOMEM, unix.ENOSPC, unix.EBUSY},
	"umount2":       {unix.EBUSY, unix.EPERM, unix.ENOMEM},
	"openat":        {unix.EMFILE, unix.ENOSPC, unix.EACCES, unix.EROFS},
	"open":          {unix.EMFILE, unix.ENOSPC, unix.EACCES, unix.EROFS},
	"write":         {unix.ENOSPC, unix.EIO, unix.EDQUOT},
	"pwrite64":      {unix.ENOSPC, unix.EIO},
	"writev":        {unix.ENOSPC, unix.EIO},
	"fallocate":     {unix.ENOSPC, unix.EOPNOTSUPP, unix.EDQUOT},
	"ftruncate":     {unix.EIO, unix.EPERM},
	"fchmod":        {unix.EIO, unix.EROFS},
	"fchmodat":      {unix.EIO, unix.EROFS},
	"rename":        {unix.EIO, unix.ENOSPC, unix.EROFS},
	"renameat":      {unix.EIO, unix.ENOSPC, unix.EROFS},
	"renameat2":     {unix.EIO, unix.ENOSPC, unix.EROFS},
	"unlink":        {unix.EIO, unix.EPERM, unix.EROFS},
	"unlinkat":      {unix.EBUSY, unix.EIO, unix.EPERM, unix.EROFS},
	"rmdir":         {unix.EBUSY, unix.EIO, unix.EROFS},
	"mkdir":         {unix.ENOSPC, unix.EACCES, unix.EROFS, unix.EMLINK},
	"mkdirat":       {unix.ENOSPC, unix.EACCES, unix.EROFS, unix.EMLINK},
	"symlink":       {unix.ENOSPC, unix.EACCES, unix.EROFS},
	"symlinkat":     {unix.ENOSPC, unix.EACCES, unix.EROFS},
	"link":          {unix.ENOSPC, unix.EMLINK},
	"linkat":        {unix.ENOSPC, unix.EMLINK},
	"move_mount":    {unix.EPERM, unix.ENOSPC},
	"fsmount":       {unix.EPERM, unix.ENOSPC, unix.EMFILE},
	"clone":         {unix.EAGAIN, unix.ENOMEM},
	"clone3":        {unix.EAGAIN, unix.ENOMEM, unix.EBUSY},
	"execve":        {unix.ENOMEM, unix.EACCES},
	"openat2":       {unix.EMFILE, unix.EACCES, unix.EROFS},
	"mount_setattr": {unix.EPERM, unix.ENOMEM},
	"open_tree":     {unix.EPERM, unix.EMFILE},
}

// A reply is what happens to a datagram that the kernel answers with.
type reply struct {
	name   string
	effect effect
	errno  unix.Errno
}

// replies are the faults of answers. A call that reports nothing after the
// kernel has handed over the datagram has dropped it.
var replies = []reply{
	{"dropped", failAfter, unix.EAGAIN},
	{"overrun", failAfter, unix.ENOBUFS},
	{"refused", failBefore, unix.ENOMEM},
	{"doubled", receiveTwice, 0},
}
