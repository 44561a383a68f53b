package nsfs

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the longest name in bytes: NAME_MAX of limits.h.
const MaxName = 255

// NameError says why a string is not a valid name for a network namespace. It
// matches fs.ErrInvalid.
type NameError struct {
	// Name is the refused string.
	Name string
	// Reason completes the sentence that starts with the name.
	Reason string
}

// Error returns the quoted name and the reason.
func (e *NameError) Error() string {
	name := e.Name
	if len(name) > 64 {
		name = name[:64] + "..."
	}
	return fmt.Sprintf("invalid name of a network namespace: %q %s", name, e.Reason)
}

// Is reports whether target is fs.ErrInvalid.
func (e *NameError) Is(target error) bool { return target == fs.ErrInvalid }

// CheckName returns a [*NameError] if a namespace must not be created under
// name. It refuses what ip-netns(8) refuses, and names that a shell, a terminal
// or a program's option parser would misread.
func CheckName(name string) error {
	if err := checkFileName(name); err != nil {
		return err
	}
	if !utf8.ValidString(name) {
		return &NameError{name, "is not valid UTF-8"}
	}
	if name[0] == '-' {
		return &NameError{name, "starts with '-' and would be taken for an option"}
	}
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			return &NameError{name, fmt.Sprintf("contains white space (%U)", r)}
		case unicode.IsControl(r):
			return &NameError{name, fmt.Sprintf("contains a control character (%U)", r)}
		case unicode.Is(unicode.Cf, r):
			return &NameError{name, fmt.Sprintf("contains an invisible character (%U)", r)}
		}
	}
	return nil
}

// checkFileName refuses what cannot be the name of a file in a directory. Other
// names that [CheckName] refuses can be opened and deleted, because another
// program may have made them.
func checkFileName(name string) error {
	switch {
	case name == "":
		return &NameError{name, "is empty"}
	case name == ".", name == "..":
		return &NameError{name, "is the name of a directory"}
	case len(name) > MaxName:
		return &NameError{name, fmt.Sprintf("has %d bytes; at most %d are allowed", len(name), MaxName)}
	case strings.ContainsRune(name, '/'):
		return &NameError{name, "contains '/'"}
	case strings.ContainsRune(name, 0):
		return &NameError{name, "contains a NUL byte"}
	}
	return nil
}

// QuoteName returns a name for people to read: unchanged if [CheckName] accepts
// it, and otherwise quoted and escaped as a Go string, on one line.
func QuoteName(name string) string {
	if CheckName(name) == nil {
		return name
	}
	return strconv.QuoteToASCII(name)
}
