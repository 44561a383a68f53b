package iproute

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// brctlSays adds to the error of a command about a bridge, and a port of it or
// "", the text that brctl prints (brctl/brctl_cmd.c). doing is what brctl
// prints before a colon. It is "" if brctl has a text for a device that is not
// a bridge.
func brctlSays(err error, doing, name, port string) error {
	if err == nil {
		return nil
	}
	var req *rtnl.Error
	var errno unix.Errno
	object := ""
	if errors.As(err, &req) {
		object = req.Object
	}
	text := ""
	switch {
	case errors.Is(err, fs.ErrNotExist) && port != "" && object == fmt.Sprintf("%q", port):
		text = fmt.Sprintf("interface %s does not exist!", port)
	case errors.Is(err, fs.ErrNotExist):
		text = fmt.Sprintf("bridge %s does not exist!", name)
	case errors.Is(err, bridge.ErrBusy):
		text = fmt.Sprintf("device %s is already a member of a bridge; can't add it to bridge %s.", port, name)
	case errors.Is(err, bridge.ErrNotPort):
		text = fmt.Sprintf("device %s is not a port of %s", port, name)
	case errors.Is(err, bridge.ErrUp):
		text = fmt.Sprintf("bridge %s is still up; can't delete it", name)
	case errors.Is(err, unix.ELOOP):
		text = fmt.Sprintf("device %s is a bridge device itself; can't add a bridge device to a bridge device.", port)
	case errors.Is(err, bridge.ErrNotBridge) && doing == "":
		text = fmt.Sprintf("device %s is not a bridge!", name)
	case errors.As(err, &errno) && doing != "":
		text = doing + ": " + strerror(errno)
	case errors.Is(err, bridge.ErrNotBridge) && strings.HasPrefix(doing, "can't delete bridge"):
		text = doing + ": " + strerror(unix.EPERM) // br_del_bridge in net/bridge/br_if.c
	case errors.Is(err, bridge.ErrNotBridge):
		text = doing + ": " + strerror(unix.EOPNOTSUPP)
	}
	return &peerError{text: text, err: err}
}

// brctlCannot does what brctlSays does for the commands that change options:
// brctl prints the errno of its system call.
func brctlCannot(err error, doing string) error {
	if err == nil {
		return nil
	}
	var errno unix.Errno
	errors.As(err, &errno)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		errno = unix.ENODEV
	case errors.Is(err, bridge.ErrNotPort):
		errno = unix.ENOENT
	case errors.Is(err, bridge.ErrNotBridge):
		errno = unix.EOPNOTSUPP
	case errno == 0:
		return err
	}
	return &peerError{text: doing + ": " + strerror(errno), err: err}
}
