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

// A Process is one that has a netlink socket open.
type Process struct {
	PID int
	// Name is its command name (comm in proc(5)), which it may choose.
	Name string
}

const (
	// portPatience is for how long an answer about a port is good: programs that
	// change much do it through one port, and a port may get another owner.
	portPatience = time.Second
	// scanPatience is how soon all processes' files are looked through again.
	scanPatience = 100 * time.Millisecond
)

// processes knows which process has which socket. All namespaces share it.
type processes struct {
	mu      sync.Mutex
	owners  map[uint64]int // process by the inode of a socket
	scanned time.Time
}

// ports are the answers about the ports of one namespace.
type ports struct {
	known map[uint32]answer
}

type answer struct {
	process *Process
	at      time.Time
}

// find returns the process with a port, nil if it is not known. net opens the namespace.
func (p *ports) find(port uint32, all *processes, net func() (*nsfs.Handle, error)) *Process {
	now := time.Now()
	if a, ok := p.known[port]; ok && now.Sub(a.at) < portPatience {
		return a.process
	}
	if p.known == nil || len(p.known) >= 64 {
		p.known = make(map[uint32]answer)
	}
	process := all.find(port, net)
	p.known[port] = answer{process, now}
	return process
}

func (p *processes) find(port uint32, net func() (*nsfs.Handle, error)) *Process {
	h, err := net()
	if err != nil {
		return nil // it is not known then
	}
	defer h.Close()
	var inode uint64
	if err := h.Do(func() error {
		inode, err = socketOf("/proc/thread-self/net/netlink", port)
		return err
	}); err != nil || inode == 0 {
		return nil
	}
	return p.owner(inode, int(port))
}

// socketOf looks a port of NETLINK_ROUTE up in the table of a namespace's sockets, and
// returns its inode; 0 if there is none. The table has a line for each socket: address,
// protocol, port, groups, memory, dump, locks, drops, inode (netlink_native_seq_show in
// net/netlink/af_netlink.c).
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

// owner returns the process that has a socket open. The kernel gives a process's first
// socket its process id as the port (netlink_autobind), so that is looked at first.
func (p *processes) owner(inode uint64, likely int) *Process {
	if hasSocket(likely, inode) {
		return named(likely)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid, ok := p.owners[inode]; ok && hasSocket(pid, inode) {
		return named(pid)
	}
	if time.Since(p.scanned) < scanPatience {
		return nil
	}
	p.owners = scan()
	p.scanned = time.Now()
	if pid, ok := p.owners[inode]; ok {
		return named(pid)
	}
	return nil
}

func named(pid int) *Process {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return nil // it has ended
	}
	return &Process{PID: pid, Name: strings.TrimSuffix(string(name), "\n")}
}

func hasSocket(pid int, inode uint64) bool {
	found := false
	eachSocket(pid, func(i uint64) { found = found || i == inode })
	return found
}

// scan returns the processes by the sockets that they have open: those that may be looked
// at.
func scan() map[uint64]int {
	owners := make(map[uint64]int)
	dirs, err := filepath.Glob("/proc/[1-9]*")
	if err != nil {
		return owners // the pattern is right
	}
	for _, dir := range dirs {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			eachSocket(pid, func(inode uint64) { owners[inode] = pid })
		}
	}
	return owners
}

// eachSocket yields the inodes of a process's sockets; of one that has ended, or that may
// not be looked at, none.
func eachSocket(pid int, yield func(inode uint64)) {
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
				yield(inode)
			}
		}
	}
}
