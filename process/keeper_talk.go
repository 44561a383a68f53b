package process

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// talk takes connections and what is asked for there. It reports whether the
// keeper is to end.
func (k *keeper) talk() bool {
	for {
		fd, _, err := unix.Accept4(k.listen, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		if err != nil {
			break
		}
		k.served = true
		k.conns = append(k.conns, fd)
	}
	var open []int
	for _, c := range k.conns {
		b, oob := make([]byte, 64), make([]byte, unix.CmsgSpace(2*4))
		n, oobn, _, _, err := unix.Recvmsg(c, b, oob, unix.MSG_CMSG_CLOEXEC)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			open = append(open, c)
			continue
		case err == nil && string(b[:n]) == askEnd:
			return true
		case err == nil && string(b[:n]) == askServe:
			k.serveOn(c, oob[:oobn])
		}
		unix.Close(c)
	}
	k.conns = open
	return false
}

// serveOn hands a connection to a starter. Where that is not to be had, whoever
// asks sees the end of the connection.
func (k *keeper) serveOn(conn int, oob []byte) {
	var fds []int
	messages, err := unix.ParseSocketControlMessage(oob)
	for i := range messages {
		if rights, rerr := unix.ParseUnixRights(&messages[i]); rerr == nil {
			fds = append(fds, rights...)
		}
	}
	if err == nil && len(fds) == 2 && unix.SetNonblock(conn, false) == nil {
		t := k.task
		t.Serve = true
		files := []*os.File{os.NewFile(uintptr(fds[0]), "lock"), os.NewFile(uintptr(fds[1]), "setup"), os.NewFile(dup(conn), "connection")}
		if pid, err := k.spawn(&t, files...); err == nil {
			k.starters[pid] = ""
		}
		for _, f := range files {
			f.Close()
		}
		return
	}
	for _, fd := range fds {
		unix.Close(fd)
	}
}

func dup(fd int) uintptr {
	n, _ := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	return uintptr(n)
}

// end ends the starters: those that wait for the lock must not get it.
func (k *keeper) end() {
	for pid := range k.starters {
		unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // it may have ended
	}
	for pid := range k.starters {
		var ws syscall.WaitStatus
		for {
			if _, err := syscall.Wait4(pid, &ws, 0, nil); err != syscall.EINTR {
				break
			}
		}
	}
}
