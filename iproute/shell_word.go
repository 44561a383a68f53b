package iproute

import (
	"fmt"
	"slices"
	"strings"
)

// A ShellWordError says that a line of a batch begins with a keyword of a shell. The
// lines of a batch are commands of ip and programs.
type ShellWordError struct{ Word string }

func (e *ShellWordError) Error() string {
	return fmt.Sprintf("%q is of a shell's language, which a batch does not have", e.Word)
}

// shellWords are the reserved words and built-in commands of POSIX shells and bash that
// are no programs.
var shellWords = []string{"!", ".", ":", "[[", "alias", "break", "case", "cd", "continue", "declare", "do", "done", "elif", "else", "esac",
	"eval", "exec", "exit", "export", "fi", "for", "function", "if", "local", "read", "readonly", "return", "select", "set", "shift",
	"shopt", "source", "then", "trap", "typeset", "ulimit", "umask", "unset", "until", "wait", "while", "{", "}"}

// isShellWord reports whether a word has a meaning for a shell at the start of a line: an
// assignment does, too.
func isShellWord(word string) bool {
	name, _, assigns := strings.Cut(word, "=")
	isName := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	return assigns && isName || slices.Contains(shellWords, word)
}
