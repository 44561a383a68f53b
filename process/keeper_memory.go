package process

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// shrink gives back the memory that a long sleep does not need: garbage, and the
// pages of the program itself, which come again from its file. Where any of a
// mapping's pages have been written to, all of it stays: what the dynamic linker
// has relocated is not in the file (RELRO, as with go build -buildmode=pie).
func shrink() {
	debug.FreeOSMemory()
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	var from, to uintptr // 0 for a mapping that stays
	for line := range strings.Lines(string(maps)) {
		line = strings.TrimSpace(line)
		var a, b uintptr
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &a, &b, &mode); err == nil {
			if from, to = a, b; !strings.HasSuffix(line, exe) || mode[1] == 'w' {
				from, to = 0, 0
			}
		} else if strings.HasPrefix(line, "Anonymous:") && strings.HasSuffix(line, " 0 kB") && from != 0 {
			unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED) //nolint:errcheck // it saves memory, or does not
		}
	}
}
