package live

import (
	"errors"
	"strconv"
	"strings"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// A Refusal says why the kernel refuses the value of a setting.
type Refusal struct {
	// Reads is the setting's value in a new namespace.
	Reads string
	err   error
}

// maxRefusals is the number of values that are tried again, each in a namespace
// of its own.
const maxRefusals = 20

// values returns the settings of a topology that can be written, each value
// once and as for a new namespace, and for each the first node that has it.
func values(t *topology.Topology, unusable map[string]sysctl.State) (all []sysctl.Setting, nodes []int) {
	seen := make(map[sysctl.Setting]bool)
	for i := range t.Nodes {
		for _, s := range t.Nodes[i].Sysctls {
			s.Key = FreshKey(s.Key)
			if _, bad := unusable[s.Key]; !bad && !seen[s] {
				seen[s] = true
				all, nodes = append(all, s), append(nodes, i)
			}
		}
	}
	return all, nodes
}

// refusedValues finds the values that the kernel refuses by writing them in a
// namespace that is not used for anything else afterwards.
func refusedValues(h *nsfs.Handle, t *topology.Topology, unusable map[string]sysctl.State) (map[sysctl.Setting]Refusal, error) {
	all, nodes := values(t, unusable)
	keys := make([]string, len(all))
	for i, s := range all {
		keys[i] = s.Key
	}
	reads, err := sysctl.Read(h, keys)
	if err != nil {
		return nil, err
	}
	errs, err := sysctl.TryEach(h, all)
	if err != nil {
		return nil, err
	}
	refused := make(map[sysctl.Setting]Refusal)
	for i := range all {
		if !aboutValue(errs[i]) || len(refused) == maxRefusals {
			continue
		}
		// Whether the kernel accepts a value may depend on other settings of
		// the same node.
		why, err := refusedAlone(all[i], &t.Nodes[nodes[i]], unusable)
		if err != nil {
			return nil, err
		}
		if why != nil {
			refused[all[i]] = Refusal{reads[i], why}
		}
	}
	return refused, nil
}

// refusedAlone returns why the kernel refuses a value in a new namespace with
// the other settings of its node, or nil if it accepts it.
func refusedAlone(s sysctl.Setting, n *topology.Node, unusable map[string]sysctl.State) (error, error) {
	h, err := nsfs.New()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	one := &topology.Topology{Nodes: []topology.Node{{Sysctls: n.Sysctls}}}
	others, _ := values(one, unusable)
	// One of them may forbid the value and another allow it, so the value is
	// written before and after them.
	all := append(append([]sysctl.Setting{s}, others...), s)
	errs, err := sysctl.TryEach(h, all)
	if err != nil || !aboutValue(errs[0]) {
		return nil, err
	}
	if why := errs[len(errs)-1]; aboutValue(why) {
		return why, nil
	}
	return nil, nil
}

// aboutValue reports whether an error is about the value that was written, and
// not about the file.
func aboutValue(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ERANGE) || errors.Is(err, unix.E2BIG)
}

// wrongKind finds values that are not numbers, of settings that are numbers in
// the caller's own namespace. Nothing more can be found out where no namespace
// can be created.
func wrongKind(t *topology.Topology, unusable map[string]sysctl.State) (map[sysctl.Setting]Refusal, error) {
	all, _ := values(t, unusable)
	if len(all) == 0 {
		return nil, nil
	}
	h, err := nsfs.Current()
	if err != nil {
		return nil, err
	}
	defer h.Close()
	keys := make([]string, len(all))
	for i, s := range all {
		keys[i] = s.Key
	}
	reads, err := sysctl.Read(h, keys)
	if err != nil {
		return nil, err
	}
	refused := make(map[sysctl.Setting]Refusal)
	for i, s := range all {
		if IsNumbers(reads[i]) && !IsNumbers(s.Value) {
			refused[s] = Refusal{reads[i], unix.EINVAL}
		}
	}
	return refused, nil
}

// IsNumbers reports whether a value is a list of one or more whole numbers, as
// the kernel reads them (proc_get_long in kernel/sysctl.c).
func IsNumbers(value string) bool {
	fields := strings.Fields(value)
	for _, f := range fields {
		if _, err := strconv.ParseInt(f, 0, 64); err != nil {
			if _, err := strconv.ParseUint(f, 0, 64); err != nil {
				return false
			}
		}
	}
	return len(fields) > 0
}
