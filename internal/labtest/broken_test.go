package labtest

import (
	"slices"
	"strings"
	"testing"
)

// A mistake is a way to build nslab wrongly, with the part of a sweep that must
// catch it.
type mistake struct {
	name string
	// by is the sweep, "kill" or "errors".
	by       string
	mutation mutation
	// sweep tries all points until it has found something.
	sweep func(*sweep)
}

// all exceeds the number of points of any phase.
const all = 1 << 20

func calls(names ...string) func(*call) bool {
	return func(c *call) bool { return slices.Contains(names, c.name) && changing(c) }
}

func phaseOf(name string) *phase {
	return &phases[slices.IndexFunc(phases, func(p phase) bool { return p.name == name })]
}

var mistakes = []mistake{
	{
		name: "the tmpfs is mounted before the intent is written down",
		by:   "kill",
		mutation: mutation{"lab/up.go",
			"if err := s.intend(t, hash, p.byHand); err != nil {",
			"if err := errors.Join(s.Mount(), s.intend(t, hash, p.byHand)); err != nil {"},
		sweep: func(s *sweep) { s.killPhase(phaseOf("up"), calls("mount"), all) },
	},
	{
		name:     "files are written in place",
		by:       "kill",
		mutation: mutation{"internal/labdir/dir.go", `tmp, path := base+tmpEnd, p.Path(name)`, `tmp, path := base, p.Path(name)`},
		sweep:    func(s *sweep) { s.killPhase(phaseOf("down"), calls("write", "fchmod"), all) },
	},
	{
		name:     "steps are not undone",
		by:       "errors",
		mutation: mutation{"lab/undo.go", "range plan.Back(step, k) {", "range plan.Back(step, k)[:0] {"},
		sweep:    func(s *sweep) { s.failPhase(phaseOf("change"), calls("symlink", "symlinkat"), all) },
	},
	{
		name:     "a setting that cannot be written is ignored",
		by:       "errors",
		mutation: mutation{"sysctl/write.go", "_, err = f.WriteString(", "_, _ = f.WriteString("},
		sweep: func(s *sweep) {
			s.failPhase(phaseOf("up"), func(c *call) bool { return c.name == "write" && !strings.Contains(c.detail, labsDir) && changing(c) }, all)
		},
	},
}

// broken shows that both sweeps catch mistakes. A short sweep tries one of each
// kind.
func (s *sweep) broken() {
	taken := make(map[string]bool)
	for _, i := range s.rand.Perm(len(mistakes)) {
		m := &mistakes[i]
		if taken[m.by] && !full() {
			continue
		}
		taken[m.by] = true
		s.t.Run(strings.ReplaceAll(m.name, " ", "-"), func(t *testing.T) { s.on(t, build(t, m.mutation)).catches(m) })
	}
}

// catches shows that the sweep finds a mistake.
func (s *sweep) catches(m *mistake) {
	s.most = 1
	m.sweep(s)
	if len(s.findings) == 0 {
		s.t.Error("no point found it")
		return
	}
	s.t.Logf("found: %.400s", s.findings[0])
}
