package clab

import (
	"path"
	"strings"
)

// An image is what of the machine stands for a container image.
type image struct {
	// kind is nslab's kind of a node, and words say what runs in it.
	kind, words string
}

// images are known images, by the last part of their names.
var images = map[string]image{
	"frr":        {"frr", "FRR, as it is installed on the machine"},
	"frr-debian": {"frr", "FRR, as it is installed on the machine"},
	"bird":       {"bird", "BIRD, as it is installed on the machine"},

	"network-multitool": {"router", ""},
	"multitool":         {"router", ""},
	"netshoot":          {"router", ""},
	"alpine":            {"router", ""},
	"busybox":           {"router", ""},
	"debian":            {"router", ""},
	"ubuntu":            {"router", ""},
	"fedora":            {"router", ""},
	"rockylinux":        {"router", ""},
	"almalinux":         {"router", ""},
	"archlinux":         {"router", ""},
	"iperf3":            {"router", ""},
}

// imageOf finds an image by its name, [REGISTRY/]REPOSITORY[:TAG][@DIGEST].
func imageOf(name string) (image, bool) {
	name, _, _ = strings.Cut(name, "@")
	repository, _, _ := strings.Cut(path.Base(name), ":")
	im, ok := images[repository]
	return im, ok
}
