package labtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nslab/nslab/nsfs"
)

// The output of `ip -j -d` about an interface.
type seenLink struct {
	Name     string   `json:"ifname"`
	Index    int      `json:"ifindex"`
	Peer     int      `json:"link_index"`
	PeerName string   `json:"link"`
	NSID     *int     `json:"link_netnsid"`
	Flags    []string `json:"flags"`
	MTU      int      `json:"mtu"`
	Master   string   `json:"master"`
	MAC      string   `json:"address"`
	TxQueues int      `json:"num_tx_queues"`
	RxQueues int      `json:"num_rx_queues"`
	Info     struct {
		Kind string         `json:"info_kind"`
		Data map[string]any `json:"info_data"`
	} `json:"linkinfo"`
	Addrs []seenAddr `json:"addr_info"`
}

type seenAddr struct {
	Family  string `json:"family"`
	Local   string `json:"local"`
	Bits    int    `json:"prefixlen"`
	Peer    string `json:"address"`
	Scope   string `json:"scope"`
	NoDAD   bool   `json:"nodad"`
	Label   string `json:"label"`
	Dynamic bool   `json:"dynamic"`
}

func (a seenAddr) prefix() (netip.Prefix, error) {
	return netip.ParsePrefix(fmt.Sprintf("%s/%d", a.Local, a.Bits))
}

type seenRoute struct {
	Type     string `json:"type"`
	Dst      string `json:"dst"`
	Gateway  string `json:"gateway"`
	Dev      string `json:"dev"`
	Table    string `json:"table"`
	Protocol string `json:"protocol"`
	Metric   int    `json:"metric"`
	PrefSrc  string `json:"prefsrc"`
	Pref     string `json:"pref"` // only IPv6 has one
	Metrics  []struct {
		MTU int `json:"mtu"`
	} `json:"metrics"`
	Nexthops []struct {
		Gateway string `json:"gateway"`
		Dev     string `json:"dev"`
		Weight  int    `json:"weight"`
	} `json:"nexthops"`
}

// dst returns a destination in the form of a prefix.
func (r seenRoute) dst() (netip.Prefix, error) {
	switch {
	case r.Dst == "default" && r.Pref != "":
		return netip.MustParsePrefix("::/0"), nil
	case r.Dst == "default":
		return netip.MustParsePrefix("0.0.0.0/0"), nil
	case strings.Contains(r.Dst, "/"):
		return netip.ParsePrefix(r.Dst)
	}
	a, err := netip.ParseAddr(r.Dst)
	return netip.PrefixFrom(a, a.BitLen()), err
}

type seenPort struct {
	Name   string `json:"ifname"`
	Master string `json:"master"`
	State  string `json:"state"`
}

// A view is the state of a namespace according to iproute2 and /proc/sys.
type view struct {
	Links   []seenLink
	Routes  []seenRoute
	Rules   []map[string]any
	Rules6  []map[string]any
	Ports   []seenPort
	Sysctls map[string]string
	NSIDs   []struct {
		ID   int    `json:"nsid"`
		Name string `json:"name"`
	}
}

func (v *view) link(name string) *seenLink {
	for i := range v.Links {
		if v.Links[i].Name == name {
			return &v.Links[i]
		}
	}
	return nil
}

// readView asks about a namespace.
func readView(dir nsfs.Dir, name string, keys []string) (*view, error) {
	h, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	v := &view{Sysctls: make(map[string]string)}
	err = h.Do(func() error {
		for _, k := range keys {
			b, err := os.ReadFile(filepath.Join("/proc/sys", k))
			if err != nil {
				return err
			}
			v.Sysctls[k] = strings.TrimSuffix(string(b), "\n")
		}
		// Children of this thread are in its namespace. Without a family,
		// routes of both are dumped.
		err := answers("ip", []string{"-j", "-d", "-batch", "-"}, map[string]any{
			"address show": &v.Links, "route show table all": &v.Routes, "rule show": &v.Rules, "netns list-id": &v.NSIDs,
		}, "address show", "route show table all", "rule show", "netns list-id")
		if err != nil {
			return err
		}
		if err := answers("ip", []string{"-6", "-j", "-batch", "-"}, map[string]any{"rule show": &v.Rules6}, "rule show"); err != nil {
			return err
		}
		for _, l := range v.Links {
			if l.Info.Kind == "bridge" {
				return answers("bridge", []string{"-j", "-d", "-batch", "-"}, map[string]any{"link show": &v.Ports}, "link show")
			}
		}
		return nil
	})
	return v, err
}

// answers runs a program of iproute2 with several lines, and reads the JSON
// list that it answers each with.
func answers(program string, args []string, into map[string]any, lines ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for _, line := range lines {
		if err := d.Decode(into[line]); err != nil {
			return fmt.Errorf("%s: answer to %q: %w", cmd, line, err)
		}
	}
	return nil
}

// freshValues returns the settings of a new namespace.
func freshValues(keys []string) (map[string]string, error) {
	h, err := nsfs.New()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	values := make(map[string]string)
	return values, h.Do(func() error {
		for _, k := range keys {
			b, err := os.ReadFile(filepath.Join("/proc/sys", k))
			if err != nil {
				return err
			}
			values[k] = strings.TrimSuffix(string(b), "\n")
		}
		return nil
	})
}
