// Package ynl reads the kernel's own specifications of netlink families, the YAML files in Documentation/netlink/specs of
// its source, into the grammar of package nlspec. It knows the schemas genetlink, genetlink-c, genetlink-legacy and
// netlink-raw; keys that it does not know are skipped, because newer kernels add some.
//
//	specs, err := ynl.Load("linux/Documentation/netlink/specs")
//	...
//	for _, s := range specs {
//		err = families.Add(s)
//	}
//
// Names are those of the kernel's headers, made as its code generator makes them: from the prefixes that a specification
// gives. Specifications of old families give some that the headers do not have.
package ynl

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nlspec"
)

// maxFileSize is the longest file that is read, in bytes. The kernel's longest has 120,000.
const maxFileSize = 8 << 20

// Load reads all files of the directory dir whose names end in ".yaml", in the order of their names. If dir is a file, it
// is the one that is read. An error names the file and the line.
func Load(dir string) ([]*nlspec.Family, error) {
	names := []string{dir}
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("read netlink specifications: %w", err)
	} else if info.IsDir() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read netlink specifications: %w", err)
		}
		names = nil
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".yaml") {
				names = append(names, filepath.Join(dir, e.Name()))
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("no file of %s ends in .yaml; the kernel's source has netlink specifications in Documentation/netlink/specs", dir)
		}
	}
	var families []*nlspec.Family
	for _, name := range names {
		text, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("read netlink specification: %w", err)
		}
		family, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		families = append(families, family)
	}
	return families, nil
}

// readFile reads a regular file of reasonable length.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(text) > maxFileSize {
		err = &os.PathError{Op: "read", Path: name, Err: fmt.Errorf("longer than %d bytes", maxFileSize)}
	}
	return text, err
}

// Parse reads one specification, the text of the file name. An error names the file and the line.
func Parse(name string, text []byte) (*nlspec.Family, error) {
	s, err := readSpec(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	family, err := s.family()
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return family, nil
}
