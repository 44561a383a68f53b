package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxInterpreters is how many levels of interpreters the kernel allows
// (fs/exec.c).
const maxInterpreters = 5

// withInterpreter extends the error for a program that exists although
// execve(2) reports that it does not: what is missing is the interpreter that
// the program's file names.
func withInterpreter(err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) || pe.Op != "exec" && pe.Op != "fork/exec" || !errors.Is(pe.Err, fs.ErrNotExist) {
		return err
	}
	path := pe.Path
	for range maxInterpreters {
		next := interpreterOf(path)
		if next == "" {
			return err
		}
		if _, serr := os.Stat(next); errors.Is(serr, fs.ErrNotExist) {
			return fmt.Errorf("%w: the interpreter that it names, %q, does not exist", err, next)
		}
		path = next
	}
	return err
}

// interpreterOf returns the file that runs a program's file: that in the first
// line of a script (execve(2)), or PT_INTERP of an ELF file (elf(5)); "" for
// none.
func interpreterOf(path string) string {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 256) // BINPRM_BUF_SIZE
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return ""
	}
	if line, ok := bytes.CutPrefix(head[:n], []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		line = bytes.TrimLeft(line, " \t")
		if end := bytes.IndexAny(line, " \t\x00"); end >= 0 {
			line = line[:end]
		}
		return string(line)
	}
	program, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, min(p.Filesz, 4096)) // PATH_MAX
			if _, err := p.ReadAt(name, 0); err != nil {
				return ""
			}
			name, _, _ = bytes.Cut(name, []byte{0})
			return string(name)
		}
	}
	return ""
}
