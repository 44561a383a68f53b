// Package peerstate reads the state of network namespaces through iproute2, so
// that tests can compare what nslab made with what other programs made.
//
// Two states are equal apart from the differences in Allowed, each with its
// reason.
package peerstate

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
)

// Tools are the programs that Read runs.
var Tools = []string{"ip", "bridge", "tc"}

// Allowed are the differences that do not count: keys of iproute2's JSON that
// are removed or masked before two states are compared.
var Allowed = []struct {
	Key    string
	Reason string
}{
	{"ifindex", "the kernel counts indices up in each namespace"},
	{"link_index", "an index"},
	{"link of a port", "bridge(8) prints the peer's index as if it were of this namespace"},
	{"handle", "a qdisc's name"},
	{"seed", "netem's, random unless a file gives one"},
	{"link_netnsid", "ids are assigned in the order in which they are first needed"},
	{"address", "random MAC addresses: replaced by a description"},
	{"mac", "like address; and 33:33:ff:..., the multicast MAC of a random link-local address"},
	{"root_id", "a random MAC address after the priority, which is also in bridge.priority"},
	{"bridge_id", "like root_id"},
	{"hello_timer", "a time"},
	{"tcn_timer", "a time"},
	{"topology_change_timer", "a time"},
	{"gc_timer", "a time"},
	{"hold_timer", "a time"},
	{"message_age_timer", "a time"},
	{"forward_delay_timer", "a time"},
	{"valid_life_time", "masked if finite: a time"},
	{"preferred_life_time", "masked if finite: a time"},
	{"operstate UNKNOWN", "counts as UP: an interface on another one has it until the carrier of that one changes"},
	{"dynamic FDB entries", "learned from any packet that came by; they age"},
	{"order", "the kernel lists objects in the order of hashes of indices, so lists are sorted"},
}

// questions are the commands that are run for each namespace. They answer in
// JSON.
var questions = []struct {
	name string
	args []string
}{
	{"link", []string{"ip", "-n", "NS", "-j", "-d", "link", "show"}},
	{"address", []string{"ip", "-n", "NS", "-j", "-d", "address", "show"}},
	{"route", []string{"ip", "-n", "NS", "-j", "-d", "-4", "route", "show", "table", "all"}},
	{"route6", []string{"ip", "-n", "NS", "-j", "-d", "-6", "route", "show", "table", "all"}},
	{"rule", []string{"ip", "-n", "NS", "-j", "-d", "-4", "rule", "show"}},
	{"rule6", []string{"ip", "-n", "NS", "-j", "-d", "-6", "rule", "show"}},
	{"port", []string{"bridge", "-n", "NS", "-j", "-d", "link", "show"}},
	{"fdb", []string{"bridge", "-n", "NS", "-j", "-d", "fdb", "show"}},
	{"qdisc", []string{"tc", "-n", "NS", "-j", "-d", "qdisc", "show"}},
}

// A State is the decoded answer of iproute2 for each namespace and question.
type State map[string]map[string][]any

// Read asks iproute2 about each namespace, given by its name in /run/netns.
func Read(t testing.TB, namespaces ...string) State {
	t.Helper()
	s := make(State)
	for _, ns := range namespaces {
		s[ns] = read(t, ns)
	}
	return s
}

// read asks some of the questions, or all if none is named.
func read(t testing.TB, ns string, names ...string) map[string][]any {
	t.Helper()
	testenv.NeedTool(t, Tools...)
	answers := make(map[string][]any)
	for _, q := range questions {
		if len(names) > 0 && !slices.Contains(names, q.name) {
			continue
		}
		args := slices.Clone(q.args)
		args[slices.Index(args, "NS")] = ns
		out := testenv.Run(t, args[0], args[1:]...)
		var v []any
		if strings.TrimSpace(out) != "" {
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				t.Fatalf("%s: %v in %s", strings.Join(args, " "), err, out)
			}
		}
		answers[q.name] = v
	}
	return answers
}

// Count returns how many objects of a kind ("link", "address", "port", ...) a
// namespace has.
func (s State) Count(ns, kind string) int { return len(s[ns][kind]) }

// Diff describes how b differs from a, Allowed aside; it is empty if it does
// not.
func Diff(a, b State) string { return cmp.Diff(a.normal(), b.normal()) }

// ofLoopback reports whether a qdisc is the one that lo has once it is up, which
// the link tells.
func ofLoopback(qdisc map[string]any) bool { return qdisc["dev"] == "lo" && qdisc["kind"] == "noqueue" }

// normal returns the state without the differences in Allowed, and with each
// list sorted.
func (s State) normal() map[string][]string {
	n := make(map[string][]string)
	for ns, kinds := range s {
		for kind, objects := range kinds {
			key := ns + " " + kind
			n[key] = []string{}
			for _, o := range objects {
				if m, ok := o.(map[string]any); ok && (len(m) == 0 || kind == "fdb" && learned(m) || kind == "qdisc" && ofLoopback(m)) {
					continue
				}
				if m, ok := o.(map[string]any); ok && kind == "port" && m["link"] != nil {
					m = maps.Clone(m)
					m["link"] = "masked"
					o = m
				}
				b, err := json.MarshalIndent(mask("", o), "", " ")
				if err != nil {
					panic(err) // it was decoded from JSON
				}
				n[key] = append(n[key], string(b))
			}
			slices.Sort(n[key])
		}
	}
	return n
}

// learned reports whether an FDB entry is neither permanent nor static.
func learned(entry map[string]any) bool {
	state, _ := entry["state"].(string)
	return state != "permanent" && state != "static"
}

var (
	macPattern = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)
	euiPattern = regexp.MustCompile(`^fe80::[0-9a-f:]*ff:fe[0-9a-f:]*(/[0-9]+)?$`)
)

// mask replaces values that may differ.
func mask(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any)
		for k, e := range v {
			switch k {
			case "ifindex", "link_index", "link_netnsid", "root_id", "bridge_id",
				"handle", "seed", "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer",
				"hold_timer", "message_age_timer", "forward_delay_timer":
				m[k] = "masked"
			default:
				m[k] = mask(k, e)
			}
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = mask(key, e)
		}
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return list
	case string:
		switch {
		case macPattern.MatchString(v) && v != "ff:ff:ff:ff:ff:ff" && v != "00:00:00:00:00:00" && unicastRandom(v):
			return "a random MAC"
		case strings.HasPrefix(v, "33:33:ff:"):
			return "the solicited-node MAC of a random MAC"
		case euiPattern.MatchString(v):
			return "fe80:: and a random MAC"
		case key == "operstate" && v == "UNKNOWN":
			return "UP"
		}
		return v
	case float64:
		if (key == "valid_life_time" || key == "preferred_life_time") && v < 1<<32-1 {
			return "finite"
		}
		return v
	}
	return v
}

// unicastRandom reports whether the kernel may have chosen a MAC at random: it
// is unicast and locally administered.
func unicastRandom(mac string) bool {
	var b byte
	if _, err := fmt.Sscanf(mac[:2], "%02x", &b); err != nil {
		return false
	}
	return b&1 == 0 && b&2 != 0
}
