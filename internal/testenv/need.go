package testenv

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// packages names the Debian package of each tool that the tests use.
var packages = map[string]string{
	"hostname":         "hostname",
	"arptables-legacy": "arptables",
	"ebtables-legacy":  "ebtables",
	"iptables-legacy":  "iptables",
	"ip6tables-legacy": "iptables",
	"bash":             "bash",
	"brctl":            "bridge-utils",
	"cc":               "gcc",
	"bridge":           "iproute2",
	"cat":              "coreutils",
	"dcb":              "iproute2",
	"devlink":          "iproute2",
	"ethtool":          "ethtool",
	"genl":             "iproute2",
	"ip":               "iproute2",
	"jq":               "jq",
	"make":             "make",
	"nft":              "nftables",
	"nsenter":          "util-linux",
	"ping":             "iputils-ping",
	"sh":               "dash",
	"sleep":            "coreutils",
	"ss":               "iproute2",
	"strace":           "strace",
	"sysctl":           "procps",
	"tc":               "iproute2",
	"tcpdump":          "tcpdump",
	"true":             "coreutils",
	"tshark":           "tshark",
	"unshare":          "util-linux",
	"birdc":            "bird2",
	"vtysh":            "frr",
	"setsid":           "util-linux",
	"busybox":          "busybox",
	"curl":             "curl",
	"dnsmasq":          "dnsmasq-base",
	"nginx":            "nginx-light",
}

// NeedTool skips the test, with the reason, if one of the tools is not
// installed. With NSLAB_TEST_REQUIRE_TOOLS=1 the test fails instead.
func NeedTool(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		pkg, ok := packages[name]
		if !ok {
			t.Fatalf("testenv does not know which package has %q: add it to its list", name)
		}
		if _, err := exec.LookPath(name); err != nil {
			skip(t, requireTools, "needs "+name+" (Debian package "+pkg+")")
		}
	}
}

// python is Debian's Python, which has the modules of Debian's packages.
const python = "/usr/bin/python3"

// NeedPython skips the test if Debian's Python lacks a module. With
// NSLAB_TEST_REQUIRE_TOOLS=1 the test fails instead.
func NeedPython(t testing.TB, module string) {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import "+module).CombinedOutput(); err != nil {
		skip(t, requireTools, "needs "+module+" of "+python+" (Debian package python3-"+module+"): "+err.Error()+"\n"+string(out))
	}
}

// NeedInitRoot skips the test if it is not root in the initial user namespace.
// why says what it needs that for. With NSLAB_TEST_REQUIRE_ROOT=1, which CI
// sets if it runs as root, the test fails instead.
func NeedInitRoot(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 || !InInitUserNamespace(t) {
		skip(t, requireRoot, "needs root in the initial user namespace: "+why)
	}
}

// NeedLittleEndian skips a test on big-endian machines if its expected bytes,
// or numbers read from bytes, are of a little-endian machine.
func NeedLittleEndian(t testing.TB) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the expected bytes are of a little-endian machine")
	}
}

// NeedSysfs skips the test if /sys describes another network namespace than the
// test's, because mounting a new one was denied.
func NeedSysfs(t testing.TB) {
	t.Helper()
	if sysfsErr != nil {
		skip(t, requireRoot, "needs a /sys of its own: "+sysfsErr.Error())
	}
}

// InInitUserNamespace reports whether the test runs in the initial user
// namespace, the only one that maps all ids to themselves.
func InInitUserNamespace(t testing.TB) bool {
	t.Helper()
	b, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(b)), " ") == "0 0 4294967295"
}

func skip(t testing.TB, require, reason string) {
	t.Helper()
	if os.Getenv(require) == "1" {
		t.Fatalf("%s, and %s=1", reason, require)
	}
	t.Skip(reason)
}

// Run runs a tool, waits for it, and returns its standard output. If the tool
// fails, the test fails with the tool's standard error.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stderr.String(), stdout.String())
	}
	return stdout.String()
}
