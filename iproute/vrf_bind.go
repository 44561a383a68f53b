package iproute

import (
	"encoding/binary"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bindCgroup makes the kernel bind each IP socket that a process of a cgroup
// creates to a link: it attaches a program to the cgroup, in place of one that
// is there (BPF_CGROUP_INET_SOCK_CREATE). It needs CAP_NET_ADMIN and CAP_BPF in
// the initial user namespace, and CONFIG_CGROUP_BPF.
func bindCgroup(group *os.File, index uint32) error {
	prog, err := loadBinder(index)
	if err != nil {
		return err
	}
	defer unix.Close(prog)
	// The part of union bpf_attr that BPF_PROG_ATTACH uses
	// (include/uapi/linux/bpf.h).
	attr := struct{ target, prog, typ, flags uint32 }{uint32(group.Fd()), uint32(prog), unix.BPF_CGROUP_INET_SOCK_CREATE, 0}
	_, err = bpf(unix.BPF_PROG_ATTACH, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	runtime.KeepAlive(group)
	return os.NewSyscallError("bpf, to attach a program", err)
}

// loadBinder loads the program, and returns its file descriptor.
func loadBinder(index uint32) (int, error) {
	insns := binder(index)
	license := [...]byte{'M', 'I', 'T', 0}
	var pin runtime.Pinner // the kernel reads both by their addresses
	defer pin.Unpin()
	pin.Pin(&insns[0])
	pin.Pin(&license)
	// The part of union bpf_attr that BPF_PROG_LOAD needs.
	attr := struct {
		typ, count     uint32
		insns, license uint64
	}{unix.BPF_PROG_TYPE_CGROUP_SOCK, uint32(len(insns)), uint64(uintptr(unsafe.Pointer(&insns[0]))), uint64(uintptr(unsafe.Pointer(&license)))}
	fd, err := bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	return fd, os.NewSyscallError("bpf, to load a program (it needs CONFIG_CGROUP_BPF)", err)
}

// binder returns a program that sets the link of a socket, bound_dev_if, which
// is first in struct bpf_sock, and lets the socket be created.
func binder(index uint32) []uint64 {
	const r0, r1, r2 = 0, 1, 2
	return []uint64{
		insn(unix.BPF_ALU64|unix.BPF_MOV|unix.BPF_K, r2, 0, index), // r2 = index
		insn(unix.BPF_STX|unix.BPF_MEM|unix.BPF_W, r1, r2, 0),      // *(u32 *)(r1 + 0) = r2
		insn(unix.BPF_ALU64|unix.BPF_MOV|unix.BPF_K, r0, 0, 1),     // r0 = 1
		insn(unix.BPF_JMP|unix.BPF_EXIT, 0, 0, 0),                  // return r0
	}
}

// insn is a struct bpf_insn without an offset: the code, two registers of four
// bits each, an offset of 16 bits, and a number.
func insn(code, dst, src uint8, imm uint32) uint64 {
	b := [8]byte{code, src<<4 | dst}
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 { // bit fields start at the other end
		b[1] = dst<<4 | src
	}
	binary.NativeEndian.PutUint32(b[4:], imm)
	return binary.NativeEndian.Uint64(b[:])
}

// bpf is bpf(2).
func bpf(cmd uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	r, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(attr), size)
	if errno != 0 {
		return -1, errno
	}
	return int(r), nil
}
