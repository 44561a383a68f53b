package topology

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func dumpReady(r *Ready) (text string) {
	if r.StartupDelay != 0 {
		text += fmt.Sprintf(" delay %v", r.StartupDelay)
	}
	if len(r.WaitFor) > 0 {
		text += fmt.Sprintf(" wait-for %v", r.WaitFor)
	}
	if h := &r.Healthcheck; h.IsSet() {
		text += fmt.Sprintf(" healthcheck %q interval %v timeout %v retries %d start-period %v", h.Test, h.Interval, h.Timeout, h.Retries, h.StartPeriod)
	}
	return text
}

func dumpRestart(p *Process) string {
	if p.Restart.When == RestartNever {
		return ""
	}
	return " restart " + p.Restart.String()
}

// dump is a Topology as text.
func dump(t *Topology) string {
	var b strings.Builder
	hosts := [...]string{"on", "off", "etc"}[t.Hosts]
	mode := func(m IPv6Mode) string { return [...]string{"auto", "on", "off"}[m] }
	fmt.Fprintf(&b, "lab %s prefix %q hosts %s\n", t.Name, t.Prefix, hosts)
	list := func(name string, n int, item func(int) any) {
		for i := range n {
			fmt.Fprintf(&b, "    %s %v\n", name, item(i))
		}
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		fmt.Fprintf(&b, "node %s %s group %q ordinal %d ipv6 %s line %d\n", n.Name, n.Kind, n.Group, n.Ordinal, mode(n.IPv6), n.Line)
		for k := range n.Bridges {
			d := &n.Bridges[k]
			fmt.Fprintf(&b, "    bridge %s mac %s mtu %d ipv6 %s addresses %v options", d.Name, d.MAC, d.MTU, mode(d.IPv6), d.Addresses)
			o := &d.Options
			for _, opt := range []struct {
				name string
				v    any
				ok   bool
			}{
				{"stp", o.STPState.Or(0), o.STPState.IsSet()},
				{"forward_delay", o.ForwardDelay.Or(0), o.ForwardDelay.IsSet()},
				{"hello_time", o.HelloTime.Or(0), o.HelloTime.IsSet()},
				{"max_age", o.MaxAge.Or(0), o.MaxAge.IsSet()},
				{"ageing_time", o.AgeingTime.Or(0), o.AgeingTime.IsSet()},
				{"priority", o.Priority.Or(0), o.Priority.IsSet()},
				{"group_fwd_mask", o.GroupFwdMask.Or(0), o.GroupFwdMask.IsSet()},
				{"vlan_filtering", o.VLANFiltering.Or(0), o.VLANFiltering.IsSet()},
				{"vlan_default_pvid", o.VLANDefaultPVID.Or(0), o.VLANDefaultPVID.IsSet()},
				{"multicast_snooping", o.MulticastSnooping.Or(0), o.MulticastSnooping.IsSet()},
				{"multicast_querier", o.MulticastQuerier.Or(0), o.MulticastQuerier.IsSet()},
				{"multicast_router", o.MulticastRouter.Or(0), o.MulticastRouter.IsSet()},
			} {
				if opt.ok {
					fmt.Fprintf(&b, " %s=%v", opt.name, opt.v)
				}
			}
			b.WriteByte('\n')
		}
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			kind := in.Kind
			if in.Link != "" {
				kind += fmt.Sprintf(" on %s %+v", in.Link, in.Options)
			}
			if in.Bridge != "" {
				kind += " bridge " + in.Bridge
			}
			if len(in.Members) > 0 {
				kind += fmt.Sprintf(" members %v", in.Members)
			}
			fmt.Fprintf(&b, "    interface %s %s mac %s mtu %d ipv6 %s addresses %v line %d\n", in.Name, kind, in.MAC, in.MTU, mode(in.IPv6), in.Addresses, in.Line)
		}
		list("address", len(n.Addresses), func(i int) any { return n.Addresses[i] })
		list("route", len(n.Routes), func(i int) any { return fmt.Sprintf("%q", n.Routes[i]) })
		list("sysctl", len(n.Sysctls), func(i int) any { return n.Sysctls[i].Key + " = " + n.Sysctls[i].Value })
		list("dns", len(n.DNS), func(i int) any { return n.DNS[i] })
		list("exec", len(n.Exec), func(i int) any { return n.Exec[i] })
		list("env", len(n.Env), func(i int) any { return n.Env[i] })
		list("bind", len(n.Binds), func(i int) any { return n.Binds[i] })
		for k := range n.Processes {
			p := &n.Processes[k]
			fmt.Fprintf(&b, "    process %s %q env %q stop %d %v%s line %d\n", p.Name, p.Command, p.Env, p.StopSignal, p.StopTimeout, dumpRestart(p)+dumpReady(&p.Ready), p.Line)
		}
		if text := dumpReady(&n.Ready); text != "" {
			fmt.Fprintf(&b, "    ready%s\n", text)
		}
		if l := &n.Limits; l.IsSet() {
			fmt.Fprintf(&b, "    memory %d cpu %d pids %d\n", l.Memory, l.CPU, l.PIDs)
		}
		list("tmpfs", len(n.Tmpfs), func(i int) any { return n.Tmpfs[i] })
		list("overlay", len(n.Overlays), func(i int) any { return n.Overlays[i] })
		list("file", len(n.Files), func(i int) any { return fmt.Sprintf("%+v", n.Files[i]) })
		list("env-file", len(n.EnvFiles), func(i int) any { return n.EnvFiles[i] })
		if n.User+n.WorkingDir+n.Hostname != "" {
			fmt.Fprintf(&b, "    user %q working_dir %q hostname %q\n", n.User, n.WorkingDir, n.Hostname)
		}
	}
	for i := range t.Links {
		l := &t.Links[i]
		fmt.Fprintf(&b, "link line %d mtu %d queues %d\n", l.Line, l.MTU, l.Queues)
		for k := range l.Ends {
			e := &l.Ends[k]
			fmt.Fprintf(&b, "    %s:%s", t.Nodes[e.Node].Name, e.Iface)
			if e.Bridge != "" {
				fmt.Fprintf(&b, " port of %s", e.Bridge)
				if e.Port != nil {
					fmt.Fprintf(&b, " %s", PortWords(e.Port))
				}
			}
			if e.Impair != nil {
				fmt.Fprintf(&b, " impair %s", ImpairmentWords(e.Impair))
			}
			fmt.Fprintf(&b, " mac %s ipv6 %s addresses %v\n", e.MAC, mode(e.IPv6), e.Addresses)
		}
	}
	return b.String()
}

// TestGolden compares the Topology of each lab of testdata/golden, and of the
// examples, with the text in testdata/golden.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 || len(examples) < 4 {
		t.Fatalf("only %d golden labs and %d examples", len(files), len(examples))
	}
	for _, path := range append(files, examples...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			top, err := ParseFile(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkTopology(t, top)
			if len(top.Nodes) > 200 {
				return // thousands of lines, and nothing that star.yaml lacks
			}
			got := dump(top)
			golden := filepath.Join("testdata/golden", strings.TrimSuffix(filepath.Base(path), ".yaml")+".txt")
			testenv.Golden(t, golden, got, *update)
		})
	}
}
