package main

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// elfProgram returns a program that needs an interpreter.
func elfProgram(machine elf.Machine, interpreter string) string {
	order := binary.LittleEndian
	b := make([]byte, elf.EI_NIDENT)
	copy(b, elf.ELFMAG)
	b[elf.EI_CLASS], b[elf.EI_DATA], b[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	b = order.AppendUint16(b, uint16(elf.ET_EXEC))
	b = order.AppendUint16(b, uint16(machine))
	b = order.AppendUint32(b, uint32(elf.EV_CURRENT))
	for _, v := range []uint64{0, 64, 0} { // entry, program headers, section headers
		b = order.AppendUint64(b, v)
	}
	b = order.AppendUint32(b, 0)
	for _, v := range []uint16{64, 56, 1, 64, 0, 0} {
		b = order.AppendUint16(b, v)
	}
	b = order.AppendUint32(b, uint32(elf.PT_INTERP))
	b = order.AppendUint32(b, uint32(elf.PF_R))
	size := uint64(len(interpreter) + 1)
	for _, v := range []uint64{64 + 56, 0, 0, size, size, 1} {
		b = order.AppendUint64(b, v)
	}
	return string(b) + interpreter + "\x00"
}

// executable creates an executable file.
func executable(t *testing.T, text string) string {
	t.Helper()
	path := file(t, "program", text)
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// If a program exists, the error says that its interpreter is missing.
func TestMissingInterpreter(t *testing.T) {
	const missing = "/no/such/interpreter"
	for name, test := range map[string]struct{ text, want string }{
		"script":             {"#! \t" + missing + " -x y\n", `"` + missing + `"`},
		"no line end":        {"#!" + missing, `"` + missing + `"`},
		"carriage return":    {"#!/bin/sh\r\n", `"/bin/sh\r"`},
		"script of a script": {"#!" + executable(t, "#!"+missing+"\n") + "\n", `"` + missing + `"`},
		"ELF":                {elfProgram(map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH], missing), `"` + missing + `"`},
	} {
		path := executable(t, test.text)
		err := exec.Command(path).Start()
		if err == nil {
			t.Fatalf("%s: it was started", name)
		}
		if got := withInterpreter(err).Error(); !strings.HasSuffix(got, "no such file or directory: the interpreter that it names, "+test.want+", does not exist") {
			t.Errorf("%s: %s", name, got)
		}
	}
}
