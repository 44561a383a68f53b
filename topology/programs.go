package topology

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// Programs are the programs of a node, and what programs in it see and are
// given, however they are started. A lab may have ten thousand nodes, most of
// which say nothing about programs, so this is apart from Node.
type Programs struct {
	// DNS are the name servers for the node's resolv.conf; none means the
	// machine's own.
	DNS []netip.Addr
	// Exec are command lines that sh -c runs in the node once the lab's network
	// is up.
	Exec []string
	// Env are environment variables of programs in the node, each "KEY=VALUE",
	// in ascending order.
	Env []string
	// Binds are what programs in the node see of the machine in other places,
	// those that the node inherits first.
	Binds []Bind
	// Processes are programs that run in the node while the lab is up: those of
	// its kind, that of cmd, then those of processes, in the file's order.
	Processes []Process
	// Ready says when anything of the node is started, and when the node is
	// ready: once its processes are and its own healthcheck passes.
	Ready
	// Limits bound all that the file starts in the node.
	Limits NodeLimits
	// Tmpfs and Files are directories and files of the node's own, Tmpfs in
	// ascending order of their targets.
	Tmpfs []Tmpfs
	Files []File
	// Overlays are directories of the machine over which the node has a writable
	// layer of its own: absolute paths without "." and "..", in ascending order.
	Overlays []string
	// EnvFiles are paths of files with environment variables for programs in
	// the node, in ascending order of precedence, as in Bind.Source.
	EnvFiles []string
	// User is USER or USER:GROUP that programs run as, "" for who starts them.
	User string
	// WorkingDir is the directory that programs start in, "" for that of who
	// starts them.
	WorkingDir string
	// Hostname is the host name that programs see, "" for NODE.LAB.
	Hostname string
}

// readPrograms reads what a node says about programs. Nodes that say nothing
// share one value.
func (p *fileParser) readPrograms(spec *nodeSpec, s scope, places *nodePlaces) *Programs {
	pr := &Programs{DNS: p.readDNS(spec.in.one("dns"), s), Env: p.readEnv(spec.in, s)}
	pr.Processes, pr.Ready = p.processesOf(spec, s)
	pr.Limits = p.readLimits(spec.in)
	for _, v := range spec.in.items("exec") {
		line := p.expandShell(v, s)
		if strings.ContainsRune(line, 0) || strings.TrimSpace(line) == "" {
			p.Add(v.at, "", "an exec line is empty or contains a NUL byte")
			continue
		}
		pr.Exec = append(pr.Exec, line)
		places.exec = append(places.exec, v.at)
	}
	p.readView(pr, spec.in, s, places)
	p.readProgram(spec, pr, s, places)
	if !spec.hasPatterns() && reflect.ValueOf(pr).Elem().IsZero() {
		return p.noPrograms
	}
	return pr
}

func (p *fileParser) readDNS(list *yamlNode, s scope) []netip.Addr {
	if list == nil {
		return nil
	}
	var all []netip.Addr
	for _, v := range list.items {
		text, ok := p.expand(v, s)
		if !ok {
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			p.Add(v.at, "", "dns server %q is not an IP address", plain.Clip(text))
			continue
		}
		all = append(all, a)
	}
	return all
}

func (p *fileParser) readEnv(in inherited, s scope) []string {
	var all []string
	for _, e := range in.settings("env") {
		if !isEnvName(e.key.text) {
			p.Add(e.key.at, "", "environment variable %q: use letters, digits and \"_\", not beginning with a digit", plain.Clip(e.key.text))
			continue
		}
		value, _ := p.expand(e.value, s)
		if strings.ContainsRune(value, 0) {
			p.Add(e.value.at, "", "the value of %s contains a NUL byte", e.key.text)
			continue
		}
		all = append(all, e.key.text+"="+value)
	}
	slices.Sort(all)
	return all
}

func isEnvName(s string) bool {
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

// sameAnywhere reports whether two nodes have the same programs, wherever they
// are in the file.
func (pr *Programs) sameAnywhere(other *Programs) bool {
	if pr == other {
		return true
	}
	x, y := *pr, *other
	x.Processes, y.Processes = processesAnywhere(x.Processes), processesAnywhere(y.Processes)
	x.Limits.At, y.Limits.At = Pos{}, Pos{}
	return reflect.DeepEqual(x, y)
}

// processesAnywhere returns processes without their lines in the file.
func processesAnywhere(all []Process) []Process {
	all = slices.Clone(all)
	for i := range all {
		all[i].Line = 0
	}
	return all
}

// programs hashes each value once where successive nodes share it.
func (s *summer) programs(pr *Programs) {
	switch pr {
	case nil:
		s.number(0)
		return
	case s.last:
		s.number(1)
		return
	}
	s.number(2)
	s.last = pr
	s.number(len(pr.DNS))
	for _, a := range pr.DNS {
		s.addr(a)
	}
	s.limits(&pr.Limits)
	s.texts(pr.Exec)
	s.texts(pr.Env)
	s.number(len(pr.Binds))
	for i := range pr.Binds {
		s.text(pr.Binds[i].Source)
		s.text(pr.Binds[i].Target)
		s.flag(pr.Binds[i].ReadOnly)
	}
	s.number(len(pr.Tmpfs))
	for i := range pr.Tmpfs {
		m := &pr.Tmpfs[i]
		s.text(m.Target)
		for _, o := range []rtnl.Opt[uint32]{m.Mode, m.UID, m.GID} {
			s.flag(o.IsSet())
			s.number(int(o.Or(0)))
		}
		s.flag(m.Exec)
		s.text(m.Size)
	}
	s.texts(pr.Overlays)
	s.number(len(pr.Files))
	for i := range pr.Files {
		f := &pr.Files[i]
		s.texts([]string{f.Target, f.Content, f.Template, f.Owner})
		s.flag(f.Templated)
		s.number(int(f.Mode))
	}
	s.texts(pr.EnvFiles)
	s.texts([]string{pr.User, pr.WorkingDir, pr.Hostname})
	s.number(len(pr.Processes))
	for i := range pr.Processes {
		s.process(&pr.Processes[i])
	}
	s.ready(&pr.Ready)
}
