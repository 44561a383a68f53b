// Package sandbox runs the calling program again in new network and mount
// namespaces, where it can build networks without touching the machine's own.
//
// A program calls [Run] first. Run starts the same executable, with the same
// arguments, standard streams and inherited descriptors, as root of new
// namespaces. In that second process [Inside] is true; it calls [Setup] once,
// which gives it mounts of its own, and then does its work. When the process
// ends, the kernel removes everything that it created.
//
//	if !sandbox.Inside() {
//		status, err := sandbox.Run(sandbox.Config{})
//		...
//		os.Exit(status)
//	}
//	result, err := sandbox.Setup()
//
// This needs no root if the kernel lets users create user namespaces. If it
// does not, the error is a [DeniedError] that names the setting.
package sandbox
