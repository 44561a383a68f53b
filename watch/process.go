package watch

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// A Process is a process with an open netlink socket.
type Process struct {
	PID int
	// Name is its command name (comm in proc(5)), which it can choose.
	Name string
}

const (
	// portPatience is how long the answer about a port is used again: programs
	// that change much do it through one port.
	portPatience = time.Second
	// scanPatience is how soon the files of all processes are searched again.
	scanPatience = 100 * time.Millisecond
	// lookFactor limits look-ups of ports: after each, none follows for this
	// many times as long as it took. With ten thousand sockets one takes
	// milliseconds (netlink_seq_next in net/netlink/af_netlink.c walks through
	// those of all namespaces).
	lookFactor = 4
)

// processes knows the processes of sockets. All namespaces share it.
type processes struct {
	mu        sync.Mutex
	owners    map[uint64]holder // by the inode of a socket
	scanned   time.Time
	notBefore time.Time
}

// A holder is a process and a descriptor on which a socket is open. It is
// remembered because checking it again is cheap.
type holder struct {
	pid   int
	fd    string
	inode uint64
}

// ports has the answers about the ports of one namespace.
type ports struct {
	known map[uint32]answer
}

type answer struct {
	process *Process
	holder  holder
	at      time.Time
}

// find returns the process with a port, or nil if it is not known. net opens
// the namespace.
func (p *ports) find(port uint32, all *processes, net func() (*nsfs.Handle, error)) *Process {
	now := time.Now()
	a, ok := p.known[port]
	if ok && now.Sub(a.at) < portPatience {
		return a.process
	}
	if !ok || a.process == nil || !a.holder.holds() {
		if a, ok = all.find(port, net); !ok {
			return nil
		}
	}
	if p.known == nil || len(p.known) >= 64 {
		p.known = make(map[uint32]answer)
	}
	a.at = now
	p.known[port] = a
	return a.process
}

// find looks up a port. ok is false if that would have to wait.
func (p *processes) find(port uint32, net func() (*nsfs.Handle, error)) (a answer, ok bool) {
	if !p.mu.TryLock() {
		return a, false // another namespace's port is being looked up
	}
	defer p.mu.Unlock()
	begin := time.Now()
	if begin.Before(p.notBefore) {
		return a, false
	}
	defer func() { p.notBefore = time.Now().Add(lookFactor * time.Since(begin)) }()
	h, err := net()
	if err != nil {
		return a, true // the process is not known then
	}
	defer h.Close()
	var inode uint64
	if err := h.Do(func() error {
		inode, err = socketOf("/proc/thread-self/net/netlink", port)
		return err
	}); err != nil || inode == 0 {
		return a, true
	}
	if a.holder, ok = p.owner(inode, int(port)); ok {
		a.process = named(a.holder.pid)
	}
	return a, true
}

// socketOf looks up a port of NETLINK_ROUTE in the table of a namespace's
// sockets, and returns the socket's inode, or 0. The table has a line for each
// socket: address, protocol, port, groups, memory, dump, locks, drops, inode
// (netlink_native_seq_show in net/netlink/af_netlink.c).
func socketOf(path string, port uint32) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return findSocket(f, port)
}

func findSocket(r io.Reader, port uint32) (uint64, error) {
	lines := bufio.NewScanner(r)
	want := strconv.FormatUint(uint64(port), 10)
	for lines.Scan() {
		f := bytes.Fields(lines.Bytes())
		if len(f) >= 10 && string(f[1]) == strconv.Itoa(unix.NETLINK_ROUTE) && string(f[2]) == want {
			return strconv.ParseUint(string(f[9]), 10, 64)
		}
	}
	return 0, lines.Err()
}

// owner returns a process that has a socket open. The kernel gives a process's
// first socket its process id as the port (netlink_autobind), so that process
// is tried first.
func (p *processes) owner(inode uint64, likely int) (found holder, ok bool) {
	eachSocket(likely, func(h holder) {
		if h.inode == inode {
			found, ok = h, true
		}
	})
	if ok {
		return found, true
	}
	if h, ok := p.owners[inode]; ok && h.holds() {
		return h, true
	}
	if time.Since(p.scanned) < scanPatience {
		return holder{}, false
	}
	p.owners, p.scanned = scan(), time.Now()
	found, ok = p.owners[inode]
	return found, ok
}

// holds reports whether the socket is still open there.
func (h *holder) holds() bool {
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", h.pid, h.fd))
	return err == nil && target == fmt.Sprintf("socket:[%d]", h.inode)
}

func named(pid int) *Process {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return nil // it has ended
	}
	return &Process{PID: pid, Name: strings.TrimSuffix(string(name), "\n")}
}

// scan returns the holders of sockets, by the sockets' inodes, among the
// processes that may be inspected.
func scan() map[uint64]holder {
	owners := make(map[uint64]holder)
	dirs, err := filepath.Glob("/proc/[1-9]*")
	if err != nil {
		return owners // the pattern is right
	}
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			eachSocket(pid, func(h holder) { owners[h.inode] = h })
		}
	}
	return owners
}

// eachSocket yields the sockets of a process. It yields none if the process has
// ended or may not be inspected.
func eachSocket(pid int, yield func(holder)) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return
	}
	for _, name := range names {
		target, err := os.Readlink(dir + "/" + name)
		if err != nil {
			continue
		}
		if rest, ok := strings.CutPrefix(target, "socket:["); ok {
			if inode, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 64); err == nil {
				yield(holder{pid, name, inode})
			}
		}
	}
}
