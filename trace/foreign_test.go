package trace

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A 32-bit program that opens a netlink socket is noticed, whichever call it
// uses. One that opens another socket is not.
func TestForeignCalls(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the programs are for i386")
	}
	mov := func(register byte, v uint32) []byte { return binary.LittleEndian.AppendUint32([]byte{register}, v) }
	const eax, ebx, ecx, edx = 0xb8, 0xbb, 0xb9, 0xba
	socket := func(family uint32) []byte {
		return program386(slices.Concat(mov(eax, 359), mov(ebx, family), mov(ecx, unix.SOCK_RAW), mov(edx, 0)))
	}
	socketcall := func(family uint32) []byte {
		const args = 0x08048000 + 84 + 15 + 11 // after the code
		return program386(slices.Concat(mov(eax, 102), mov(ebx, socketcallSocket), mov(ecx, args)), family, unix.SOCK_RAW, 0)
	}
	for name, test := range map[string]struct {
		program []byte
		noticed int
	}{
		"socket": {socket(unix.AF_NETLINK), 1}, "socketcall": {socketcall(unix.AF_NETLINK), 1},
		"another": {socket(unix.AF_UNIX), 0}, "another by socketcall": {socketcall(unix.AF_UNIX), 0},
	} {
		for _, o := range []Options{{}, {Every: true}} {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, test.program, 0o755); err != nil {
				t.Fatal(err)
			}
			p := start(t, &Command{Path: path, Args: []string{"program"}}, o)
			<-p.ended
			if errors.Is(p.err, unix.ENOEXEC) {
				t.Skip("the kernel runs no i386 programs (CONFIG_IA32_EMULATION)")
			}
			if p.err != nil || p.status != 0 {
				t.Errorf("%s: status %#x, %v", name, p.status, p.err)
			}
			n := 0
			for _, e := range p.events {
				if e.Op == audit.OpLost && strings.Contains(e.Text, "32-bit") && e.Program == "program" {
					n++
				}
			}
			if n != test.noticed || len(p.events) != n {
				t.Errorf("%s: seen:\n%s", name, list(p.events))
			}
		}
	}
}

// program386 returns a program for the i386 that makes one system call and
// exits.
func program386(call []byte, args ...uint32) []byte {
	const base, header = 0x08048000, 52 + 32
	code := slices.Concat(call, []byte{0xcd, 0x80, 0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80}) // int 0x80; exit(0)
	size := uint32(header + len(code) + 4*len(args))
	b := []byte{0x7f, 'E', 'L', 'F', 1, 1, 1, 15: 0}
	b = append(b, 2, 0, 3, 0, 1, 0, 0, 0) // ET_EXEC, EM_386
	for _, v := range []uint32{base + header, 52, 0, 0, 52 | 32<<16, 1, 0} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range []uint32{1, 0, base, base, size, size, 7, 0x1000} { // PT_LOAD, all of it
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, code...)
	for _, v := range args {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}
