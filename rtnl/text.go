package rtnl

import (
	"strconv"
	"strings"

	"github.com/nslab/nslab/internal/plain"
)

func itoa(v uint64) string   { return strconv.FormatUint(v, 10) }
func signed(v int64) string  { return strconv.FormatInt(v, 10) }
func hexNum(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }

// quote quotes a name for a message, so that odd ones stay readable and no
// control character reaches a terminal.
func quote(s string) string { return strconv.Quote(s) }

// printable keeps the kernel's sentence readable whatever is in it: names that
// users chose are repeated there.
func printable(s string) string { return plain.Text(strings.TrimSpace(s)) }
