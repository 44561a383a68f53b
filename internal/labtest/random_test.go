package labtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
)

// Environment variables of the random labs: NSLAB_RANDOM_SEED=N begins with the
// lab of seed N, and NSLAB_RANDOM_ROUNDS=N sets how many times `up` is run.
const (
	randomSeed   = "NSLAB_RANDOM_SEED"
	randomRounds = "NSLAB_RANDOM_ROUNDS"
)

func run(program string, args ...string) error {
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return nil
}

// maxFailures ends a test that fails all the time.
const maxFailures = 5

// TestIntegrationRandomLabs makes random labs, changes them at random, both in
// their files and by hand, and after each `up` compares the state in iproute2's
// output with the oracle.
func TestIntegrationRandomLabs(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	seed := testenv.Seed(t, randomSeed)
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	rounds = int(testenv.Uint(t, randomRounds, uint64(rounds)))
	t.Logf("%s=%d", randomRounds, rounds)
	fresh, err := freshValues(sortedKeys(randomSettings))
	if err != nil {
		t.Fatal(err)
	}
	before, err := mounts()
	if err != nil {
		t.Fatal(err)
	}
	leak := testenv.Snapshot(t)
	labs, failures := 0, 0
	for done := 0; done < rounds && failures < maxFailures; labs++ {
		l := &randomRun{seed: seed + uint64(labs), fresh: fresh, etc: t.TempDir()}
		err := l.play(rounds - done)
		done += l.ups
		rest, lerr := left(before)
		if lerr != nil {
			t.Fatal(lerr)
		}
		if entries, _ := os.ReadDir(l.etc); len(entries) > 0 {
			rest += fmt.Sprintf("%v are left in %s\n", entries, l.etc)
		}
		if err == nil && rest != "" {
			err = fmt.Errorf("after down:\n%s", rest)
		}
		if err != nil {
			failures++
			t.Errorf("%s=%d, up %d: %v\n%s", randomSeed, l.seed, l.ups, err, l.story())
			if err := wipe(before); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d labs", labs)
	leak.Check(t)
}

// A randomRun is one random lab from its first `up` to its `down`.
type randomRun struct {
	seed  uint64
	fresh map[string]string
	etc   string
	ups   int
	// The last files, for the reader of a failure.
	previous, file string
	plainly        [2][]string // both in one spelling
	done           []string
	tracker        *tracker
	cfg            *lab.Config
}

func (l *randomRun) story() string {
	return fmt.Sprintf("the file before:\n%s\nthe file:\n%s\nbetween them:\n%s\nthe difference:\n%s",
		l.previous, l.file, strings.Join(l.done, "\n"), cmp.Diff(l.plainly[0], l.plainly[1]))
}

// play runs `up` several times, within its limit, and then `down`.
func (l *randomRun) play(most int) (err error) {
	r := rand.New(rand.NewPCG(l.seed, 0))
	ctx := context.Background()
	l.cfg = &lab.Config{NetNS: nsfs.Dir{Etc: l.etc}}
	l.tracker = newTracker(l.etc)
	m := randomLab(r, fmt.Sprintf("rnd-%d", l.seed))
	defer func() {
		opts := lab.DownOptions{Wait: err == nil && r.IntN(2) == 0}
		if down := lab.Down(ctx, m.name, l.cfg, opts); err == nil && down != nil {
			err = fmt.Errorf("down: %w", down)
		}
	}()
	n := min(3+r.IntN(4), most)
	for i := range n {
		l.ups++
		l.done = nil
		g := &drifter{&maker{r, m}, l.tracker, r.IntN(4) == 0}
		if i > 0 && (g.same || r.IntN(2) == 0) {
			if err := l.handiwork(g); err != nil {
				return err
			}
		}
		if i > 0 && !g.same {
			for range 1 + r.IntN(4) {
				l.done = append(l.done, g.change())
			}
			m = g.m
		}
		prune := r.IntN(4) == 0
		if prune {
			l.done = append(l.done, "up --prune")
		}
		if err := l.up(ctx, m, r, lab.UpOptions{PlanOptions: lab.PlanOptions{Prune: prune}}); err != nil {
			return err
		}
	}
	return nil
}

// handiwork changes things by hand.
func (l *randomRun) handiwork(g *drifter) error {
	for range 1 + g.r.IntN(3) {
		what, err := g.drift()
		if err != nil {
			return fmt.Errorf("by hand: %s: %w", what, err)
		}
		if what == "" {
			continue
		}
		l.done = append(l.done, what)
		if strings.HasPrefix(what, "rm ") {
			return nil
		}
	}
	return nil
}

// up runs `up` of a model, and compares the state with the oracle.
func (l *randomRun) up(ctx context.Context, m *labModel, r *rand.Rand, opts lab.UpOptions) error {
	x, err := expand(m)
	if err != nil {
		return err
	}
	l.previous, l.file = l.file, m.spell(r)
	l.plainly = [2][]string{l.plainly[1], strings.Split(m.spell(rand.New(rand.NewPCG(1, 1))), "\n")}
	top, err := topology.Parse("lab.yaml", []byte(l.file), nil)
	if err != nil {
		return fmt.Errorf("the oracle takes the file for a good one: %w", err)
	}
	if err := l.tracker.look(m.name); err != nil {
		return err
	}
	if _, err := lab.Up(ctx, top, l.cfg, opts); err != nil {
		return fmt.Errorf("up: %w", err)
	}
	l.tracker.advance(x, opts.Prune)
	diff, err := l.tracker.settle(l.fresh)
	if err != nil {
		return err
	}
	if diff != "" {
		return fmt.Errorf("the kernel differs from the oracle:\n%s", diff)
	}
	p, err := lab.PlanUp(ctx, top, l.cfg, opts)
	if err != nil {
		return fmt.Errorf("plan after up: %w", err)
	}
	if !p.Empty() {
		var steps []string
		for i := range p.Steps {
			steps = append(steps, p.Steps[i].String())
		}
		return fmt.Errorf("a plan after up is not empty:\n%s", strings.Join(steps, "\n"))
	}
	return nil
}

// settle compares once the kernel has come to rest.
func (t *tracker) settle(fresh map[string]string) (string, error) {
	var names []string
	for _, n := range t.x.nodes {
		names = append(names, t.x.prefix+n.name)
	}
	if err := rest(names); err != nil {
		return "", err
	}
	diff, err := t.compare(fresh)
	if diff == "" || err != nil {
		return diff, err
	}
	// A reader of the failure wants to know whether the state is wrong or was
	// read too early.
	again, err := t.compare(fresh)
	if err != nil {
		return diff, nil //nolint:nilerr // the first difference is the finding
	}
	if again == diff {
		return diff, nil
	}
	return diff + "\nand at a second look:\n" + again, nil
}
