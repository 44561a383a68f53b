package iproute

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A peerError is an error for which iproute2 has its own sentence, if the error
// alone does not tell which.
type peerError struct {
	text string // whole lines, without the last line end
	err  error
}

func (e *peerError) Error() string { return e.err.Error() }
func (e *peerError) Unwrap() error { return e.err }

// noDevice adds to the error for a missing link the text of a command of
// iproute2: a format with one %q or %s for the name.
func noDevice(err error, format string) error {
	var d *rtnl.NoDeviceError
	if errors.As(err, &d) {
		return &peerError{text: fmt.Sprintf(format, d.Name), err: err}
	}
	return err
}

// What iproute2 says about a link that does not exist: usually, and in special
// cases.
const (
	peerNoDevice   = "Cannot find device %q"
	peerNotExist   = "Device %q does not exist."
	peerNoBridge   = "Cannot find bridge device %q"
	peerNoPort     = "Cannot find bridge port device %q"
	peerWrongDev   = "Error: argument %q is wrong: Device does not exist"
	peerNoDev      = `Not enough information: "dev" argument is required.`
	peerIndex      = "index can be used only when creating devices or when moving device to another netns."
	peerIncomplete = `Command line is not complete. Try option "help"`
)

// PeerText returns what a program prints on standard error if nslab runs under
// its name: first iproute2's line, which scripts look for, then nslab's own
// sentence if that says more. It is "" for an error that has already been
// reported.
func PeerText(program string, err error) string {
	if e, ok := err.(*Error); err == nil || ok && e.Err == nil {
		return ""
	}
	var line *LineError
	own, place := err.Error(), ""
	if errors.As(err, &line) {
		place = fmt.Sprintf("%s:%d", line.File, line.Number)
		own = line.Err.Error()
	}
	peer := peerText(err)
	if program == "brctl" && strings.HasPrefix(peer, "RTNETLINK ") {
		peer = "" // brctl has its own text for each: see brctlSays
	}
	own = strings.TrimPrefix(own, program+": ")
	var b strings.Builder
	if peer != "" {
		b.WriteString(peer + "\n")
	}
	if place != "" {
		b.WriteString("Command failed " + place + "\n")
		own = place + ": " + own
	}
	// iproute2's line already says that the device does not exist.
	var dev *rtnl.NoDeviceError
	if peer == "" || !strings.HasSuffix(own, peer) && !(errors.As(err, &dev) && dev.NetNS == "") {
		b.WriteString(program + ": " + own + "\n")
	}
	return b.String()
}

// peerText returns the lines that ip and bridge print for an error, "" if they
// have none.
func peerText(err error) string {
	var (
		peer *peerError
		word *WordError
		ref  *engine.NoNetNSError
		dev  *rtnl.NoDeviceError
		ns   *nsfs.Error
		req  *rtnl.Error
		run  *exec.Error

		path  *fs.PathError
		errno unix.Errno
	)
	switch {
	case errors.As(err, &peer):
		return peer.text
	case errors.As(err, &word):
		return word.peerText()
	case errors.As(err, &ref):
		switch {
		case ref.Process:
			return answers(unix.ESRCH)
		case errors.Is(err, nsfs.ErrNotNamespace):
			return answers(unix.EINVAL)
		}
		return fmt.Sprintf("Error: argument %q is wrong: Invalid \"netns\" value", ref.Name)
	case errors.As(err, &dev):
		return fmt.Sprintf(peerNoDevice, dev.Name)
	case errors.As(err, &ns):
		return netnsText(ns)
	case errors.As(err, &req):
		return requestText(req)
	case errors.As(err, &path) && strings.HasSuffix(path.Op, "exec") && errors.As(path.Err, &errno): // exec or fork/exec
		return fmt.Sprintf("exec of %q failed: %s", path.Path, strerror(errno))
	case errors.As(err, &run) && errors.Is(err, exec.ErrNotFound):
		return fmt.Sprintf("exec of %q failed: %s", run.Name, strerror(notFound(run.Name)))
	}
	return ""
}

// notFound returns the errno of execvp(3) for a program that is in no directory
// of $PATH. It is EACCES if one of them cannot be searched.
func notFound(program string) unix.Errno {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, program)); errors.Is(err, unix.EACCES) {
			return unix.EACCES
		}
	}
	return unix.ENOENT
}

// requestText returns what libnetlink.c prints for a request that the kernel
// refused.
func requestText(e *rtnl.Error) string {
	text := ""
	switch {
	case e.Errno == 0:
		return ""
	case e.Message != "":
		text = "Error: " + plain.Text(e.Message)
		if !strings.HasSuffix(text, ".") {
			text += "."
		}
	default:
		text = answers(e.Errno)
	}
	if e.Op == "list" {
		text += "\nDump terminated"
	}
	return text
}

func answers(errno unix.Errno) string { return "RTNETLINK answers: " + strerror(errno) }

// strerror is strerror(3). Go has the same sentences, but with a small first
// letter.
func strerror(errno unix.Errno) string {
	s := errno.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// netnsText returns what ipnetns.c prints for an error of a namespace.
func netnsText(e *nsfs.Error) string {
	var errno unix.Errno
	if !errors.As(e.Err, &errno) {
		return ""
	}
	verb, object := "", e.Path
	switch e.Op {
	case "attach network namespace":
		var process *nsfs.Error
		if errors.As(e.Err, &process) {
			return fmt.Sprintf("Bind /proc/%s/ns/net -> %s failed: %s", process.Path, filepath.Join(nsfs.DefaultPath, e.Name), strerror(errno))
		}
		verb = "create namespace file"
	case "open network namespace":
		verb, object = "open network namespace", e.Name
	case "create network namespace", "bind network namespace":
		verb = "create namespace file"
	case "delete network namespace":
		verb = "remove namespace file"
	default:
		return ""
	}
	if errors.Is(e, fs.ErrExist) {
		errno = unix.EEXIST
	}
	return fmt.Sprintf("Cannot %s %q: %s", verb, object, strerror(errno))
}

// peerText returns what iproute2 prints for the word, without what was
// expected.
func (e *WordError) peerText() string {
	switch {
	case e.peer != "":
		return e.peer
	case e.Missing:
		return peerIncomplete
	}
	return fmt.Sprintf("Error: argument %q is wrong", e.Word)
}

// peer adds iproute2's text to the error, if there is one.
func (w *words) peer(format string, args ...any) {
	var word *WordError
	var other *Error
	var said *peerError
	switch {
	case errors.As(w.err, &said):
	case errors.As(w.err, &word):
		if word.peer == "" {
			word.peer = fmt.Sprintf(format, args...)
		}
	case errors.As(w.err, &other) && other.Err != nil:
		other.Err = &peerError{fmt.Sprintf(format, args...), other.Err}
	}
}

// peerWrong takes words, and adds iproute2's text if one is wrong: a format
// with a %[1]q or %[1]s for it.
func (w *words) peerWrong(format string, take func()) {
	if w.err != nil {
		return
	}
	take()
	var e *WordError
	if errors.As(w.err, &e) && !e.Missing && e.peer == "" {
		e.peer = fmt.Sprintf(format, e.Word)
	}
}

// peerAddr adds iproute2's text about an address or a prefix of a family.
func (w *words) peerAddr(s string, family uint8, what string) {
	switch family {
	case unix.AF_UNSPEC:
		w.peer("Error: any valid %s is expected rather than %q.", what, s)
	case unix.AF_PACKET:
		w.peer("Error: %q may be inet %s, but it is not allowed in this context.", s, what)
	default:
		w.peer("Error: %s %s is expected rather than %q.", familyName(family), what, s)
	}
}

// twice adds iproute2's text about a parameter that was given twice.
func (w *words) twice(keyword string) {
	if w.i < len(w.all) {
		w.peer("Error: duplicate %q: %q is the second value.", keyword, w.all[w.i])
	}
}

// garbage adds iproute2's text about a word that is no parameter, if the value
// that may stand without its keyword has already been given.
func (w *words) garbage(keyword string) {
	var e *WordError
	if errors.As(w.err, &e) && !e.Missing {
		w.peer("Error: either %q is duplicate, or %q is a garbage.", keyword, e.Word)
	}
}
