package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/lab"
	"golang.org/x/sys/unix"
)

// A logKeeper writes the logs of labs to files, once the labs are down and the
// logs complete. Until then it holds the file systems that they are in.
type logKeeper struct {
	dir  string // "" to keep none
	labs map[string]*os.Root
}

// canKeepLogs finds out whether a directory can be written to, or made, before
// there are logs. It makes nothing: if all goes well, nothing is kept.
func canKeepLogs(dir string) error {
	at := filepath.Clean(dir)
	for {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) || at == "." {
			break // isDir reports another error
		}
		at = filepath.Dir(at)
	}
	if err := isDir(at); err != nil {
		return err
	}
	if err := unix.Faccessat(unix.AT_FDCWD, at, unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("nothing can be written to %s: %w", plain.Text(at), err)
	}
	return nil
}

// hold must be called before a lab is taken down.
func (k *logKeeper) hold(name string) error {
	if k.dir == "" {
		return nil
	}
	r, err := os.OpenRoot(filepath.Join(lab.DefaultRoot, name, labdir.LogDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has no logs
	}
	if err == nil {
		k.labs[name] = r
	}
	return err
}

// write writes each log to DIR/LAB/NODE/LOG, if keep is set, and lets go of
// the labs.
func (k *logKeeper) write(keep bool) error {
	var errs []error
	for name, r := range k.labs {
		if keep {
			errs = append(errs, copyLogs(r, filepath.Join(k.dir, name)))
		}
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

func copyLogs(from *os.Root, to string) error {
	return fs.WalkDir(from.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err == nil && e.IsDir() && labdir.IsTimes(path):
			return fs.SkipDir
		case err != nil || !e.Type().IsRegular():
			return err
		}
		log, err := from.Open(path)
		if err != nil {
			return err
		}
		defer log.Close()
		at := filepath.Join(to, path)
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			return err
		}
		f, err := os.Create(at)
		if err != nil {
			return err
		}
		return errors.Join(copyLog(f, log), f.Close())
	})
}

// copyLog copies a log from its first whole line on.
func copyLog(to io.Writer, f *os.File) error {
	_, line, err := labdir.LogStart(f)
	if err == nil {
		_, err = f.Seek(line, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(to, f)
	}
	return err
}
