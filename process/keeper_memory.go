package process

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// shrink gives back the memory that a long sleep does not need: garbage, and the
// pages of the program itself, which come again from its file.
func shrink() {
	debug.FreeOSMemory()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	exe, err := os.Readlink("/proc/self/exe")
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var mode string
		if _, serr := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil || serr != nil || !strings.HasSuffix(strings.TrimSpace(line), exe) || mode[1] == 'w' {
			continue
		}
		unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED) //nolint:errcheck // it saves memory, or does not
	}
}
