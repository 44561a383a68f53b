// Package ynl reads the kernel's own specifications of netlink families, the
// YAML files in Documentation/netlink/specs of its source, into the grammar of
// package nlspec. It knows the schemas genetlink, genetlink-c, genetlink-legacy
// and netlink-raw. It skips unknown keys, because newer kernels add some.
//
//	specs, err := ynl.Load("linux/Documentation/netlink/specs")
//	...
//	for _, s := range specs {
//		err = families.Add(s)
//	}
//
// Names are those of the kernel's headers, made from a specification's prefixes
// as the kernel's code generator does. Specifications of old families have some
// names that the headers lack.
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

// maxFileSize is the maximum size of a file in bytes. The kernel's largest has
// 120,000.
const maxFileSize = 8 << 20

// Load reads all files of the directory dir whose names end in ".yaml", in the
// order of their names. If dir is a file, Load reads that. An error in a file
// gives its name and the line.
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

// readFile reads a regular file of at most maxFileSize bytes.
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

// Parse reads one specification: text, the contents of the file name. An error
// gives the file's name and the line.
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
