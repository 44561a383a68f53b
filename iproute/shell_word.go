package iproute

import (
	"fmt"
	"slices"
	"strings"
)

// A ShellWordError means that a line of a batch begins with a shell keyword.
// Only commands of ip, bridge and brctl, and programs, are allowed there.
type ShellWordError struct{ Word string }

func (e *ShellWordError) Error() string {
	return fmt.Sprintf("%q is shell syntax, which a batch does not support", e.Word)
}

// shellWords are the reserved words and built-in commands of POSIX shells and
// bash that are not programs.
var shellWords = []string{"!", ".", ":", "[[", "alias", "break", "case", "cd", "continue", "declare", "do", "done", "elif", "else", "esac",
	"eval", "exec", "exit", "export", "fi", "for", "function", "if", "local", "read", "readonly", "return", "select", "set", "shift",
	"shopt", "source", "then", "trap", "typeset", "ulimit", "umask", "unset", "until", "wait", "while", "{", "}"}

// isShellWord reports whether a word has a meaning in a shell at the start of a
// line. An assignment does, too.
func isShellWord(word string) bool {
	name, _, assigns := strings.Cut(word, "=")
	isName := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	return assigns && isName || slices.Contains(shellWords, word)
}
