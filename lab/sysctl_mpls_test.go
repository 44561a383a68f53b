package lab

import (
	"os"
	"testing"
)

// MPLS has settings of interfaces, and no default for new ones.
func TestIntegrationSysctlMPLS(t *testing.T) {
	if _, err := os.Stat("/proc/sys/net/mpls/conf"); err != nil {
		t.Skip("the module mpls_router is not loaded")
	}
	const set = "net.mpls.platform_labels: 1000, net.mpls.conf.eth0.input: 1"
	up(t, nil, sysctlsFile("router", set, ""))
	wantSysctls(t, set)
	settled(t, nil, sysctlsFile("router", set, ""))
	up(t, nil, sysctlsFile("router", "", ""))
	wantSysctls(t, "net.mpls.platform_labels: 0, net.mpls.conf.eth0.input: 0")
}
