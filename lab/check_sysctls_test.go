package lab

import (
	"strings"
	"testing"
)

// checkedSettings are settings of node a, whose interface e0 has 10.0.0.1/24
// and fd00::1/64, and what is wrong with them, if anything.
var checkedSettings = []struct {
	settings, want string
	warning        string // of Validate, where up fails
}{
	{"net.ipv4.ip_forward: 1", "", ""},
	{"net.ipv4.conf.e0.rp_filter: 1", "", ""},
	{"net.ipv4.neigh.e0.retrans_time_ms: 500", "", ""},
	{"net/ipv4/conf/e0/rp_filter: 1", "", ""},
	{"net.ipv6.conf.e0.accept_ra: 0", "", ""},
	{"net.ipv4: 1", `sysctl net.ipv4 of node "a" is a directory of settings, not one`, ""},
	{"net.ipv4.conf: 1", "net.ipv4.conf of node \"a\" is a directory", ""},
	{"net.ipv4.conf.e0: 1", "is not there", ""},
	{"net.ipv4.ip_forwrad: 1", `sysctl net.ipv4.ip_forwrad of node "a" is not there in a network namespace of this kernel; did you mean "net.ipv4.ip_forward"?`, ""},
	{"net.ipv4.conf.e0.rp_fitler: 1", `did you mean "net.ipv4.conf.e0.rp_filter"?`, ""},
	{"net.ipv4.ip_forward.x: 1", "is not there", "net.ipv4.ip_forward.x"},
	{"net.nosuch.x: 1", "nor is its directory; see if its module is loaded", "net.nosuch.x"},
	{"net.ipv4.tcp_available_congestion_control: reno", "is read-only in a network namespace", ""},
	{"net.ipv6.conf.all.disable_ipv6: 1, net.ipv6.conf.e0.disable_ipv6: 0", "", ""},
	{"net.ipv6.conf.lo.disable_ipv6: 1", "", ""},
	{"net.ipv4.ip_forward: x", `sysctl net.ipv4.ip_forward of node "a": the kernel refuses the value "x"; write a number`, ""},
	{"net.ipv4.conf.e0.rp_filter: yes", `refuses the value "yes"; write a number`, ""},
	{"net.ipv4.neigh.e0.gc_stale_time: 1m", `refuses the value "1m"; write a number`, ""},
	{"net.ipv4.tcp_rmem: many", `refuses the value "many"; write numbers`, ""},
	{"net.ipv4.ip_local_port_range: 60000 100", `refuses the value "60000 100"; it is "`, ""},
	{"net.ipv4.ip_default_ttl: 256", `refuses the value "256"; it is "64" in a new namespace`, ""},
	{"net.ipv6.conf.e0.addr_gen_mode: 9", `refuses the value "9"`, ""},
	{"net.ipv4.tcp_rmem: 4096 0x2000 8192", "", ""},
	{"net.ipv4.tcp_congestion_control: reno", "", ""},
	{"net.ipv4.ip_local_reserved_ports: 8080", "", ""},
	{"net.ipv4.ip_local_port_range: 500 60000, net.ipv4.ip_unprivileged_port_start: 0", "", ""},
	{"net.ipv4.ip_local_port_range: 40000 60000, net.ipv4.ip_unprivileged_port_start: 40000", "", ""},
	{"net.ipv4.ipfrag_high_thresh: 1000, net.ipv4.ipfrag_low_thresh: 500", "", ""},
	{"net.ipv6.ip6frag_high_thresh: 60000000, net.ipv6.ip6frag_low_thresh: 50000000", "", ""},
	{"net.ipv4.ipfrag_high_thresh: 1000", `refuses the value "1000"`, ""},
	{"net.ipv6.conf.e0.mtu: 1280", "", ""},
	{"net.ipv6.conf.lo.mtu: 65536", "", ""},
	{"net.ipv6.conf.e0.stable_secret: 'fd00::9', net.ipv6.conf.e0.addr_gen_mode: 2", "", ""},
	{"net.ipv6.conf.default.stable_secret: 'fd00::9', net.ipv6.conf.e0.addr_gen_mode: 2", "", ""},
	{"net.ipv6.conf.all.addr_gen_mode: 2", "", ""},
}

func settingsLab(settings string) string {
	return "name: t\nnodes:\n  a: {sysctls: {" + settings + `}}
  b: {}
links:
  - {endpoints: ["a:e0", "b:e0"], ipv4: [10.0.0.1/24, 10.0.0.2/24], ipv6: ["fd00::1/64", "fd00::2/64"]}
`
}

// Up and plan refuse a setting that is not there before anything is done, and
// Validate does or warns; what they do not refuse comes up.
func TestIntegrationCheckedSettings(t *testing.T) {
	for _, tc := range checkedSettings {
		top := parse(t, settingsLab(tc.settings))
		warnings, err := Validate(top)
		switch {
		case tc.warning != "":
			if err != nil || len(warnings) != 1 || !strings.Contains(warnings.Error(), tc.warning) {
				t.Errorf("%s: Validate: %v, warnings %v", tc.settings, err, warnings)
			}
		case tc.want == "" && (err != nil || len(warnings) > 0):
			t.Errorf("%s: Validate: %v, warnings %v", tc.settings, err, warnings)
		case tc.want != "" && !isRefused(err, tc.want):
			t.Errorf("%s: Validate: %v", tc.settings, err)
		}
		if _, err := PlanUp(bg, top, nil, UpOptions{}); tc.want == "" && err != nil || tc.want != "" && !isRefused(err, tc.want) {
			t.Errorf("%s: PlanUp: %v", tc.settings, err)
		}
		_, err = Up(bg, top, nil, UpOptions{})
		if tc.want == "" && err != nil || tc.want != "" && !isRefused(err, tc.want) {
			t.Errorf("%s: Up: %v", tc.settings, err)
		}
		if err == nil {
			settled(t, nil, settingsLab(tc.settings))
			if err := Down(bg, "t", nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func isRefused(err error, why string) bool {
	return err != nil && strings.HasPrefix(err.Error(), "lab.yaml:3:") && strings.Contains(err.Error(), why)
}

// A lab that is there is not touched for a setting that is not.
func TestIntegrationCheckedSettingsOfALab(t *testing.T) {
	up(t, nil, settingsLab("net.ipv4.ip_forward: 1"))
	for _, bad := range []string{"net.ipv4: 1", "net.ipv4.nosuch: 1"} {
		if _, err := Up(bg, parse(t, settingsLab(bad)), nil, UpOptions{}); !isRefused(err, "of node \"a\" is") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	settled(t, nil, settingsLab("net.ipv4.ip_forward: 1"))
}

// A file for another machine is not compared with this one.
func TestPlanOfflineTakesAnySetting(t *testing.T) {
	if _, err := PlanOffline(parse(t, settingsLab("net.ipv4.nosuch: 1, net.nosuch.x: 1")), nil); err != nil {
		t.Error(err)
	}
}
