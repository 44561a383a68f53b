// Package sandbox runs the calling program again in fresh network and mount
// namespaces, so that it may build networks without touching the machine's own.
//
// A program calls [Run] first. Run starts the same executable, with the same
// arguments, standard streams and inherited descriptors, as root of new
// namespaces. In that second process [Inside] is true; it calls [Setup] once,
// which gives it mounts of its own, and then does its work. When the process
// ends, the kernel takes down everything it made.
//
//	if !sandbox.Inside() {
//		status, err := sandbox.Run(sandbox.Config{})
//		...
//		os.Exit(status)
//	}
//	result, err := sandbox.Setup()
//
// Root is not needed where the kernel lets a user make a user namespace. Where
// it does not, the error is a [DeniedError] that names the setting.
package sandbox
