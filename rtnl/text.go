package rtnl

import (
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

func itoa(v uint64) string   { return strconv.FormatUint(v, 10) }
func signed(v int64) string  { return strconv.FormatInt(v, 10) }
func hexNum(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }

// quote quotes a name for an error text, so that odd names stay readable and no
// control character reaches a terminal.
func quote(s string) string { return strconv.Quote(s) }

// printable makes the kernel's sentence safe to print, since it may repeat
// names that users chose.
func printable(s string) string { return plain.Text(strings.TrimSpace(s)) }
