package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/bench/builders"
	"github.com/nslab/nslab/bench/probe"
	"github.com/nslab/nslab/bench/report"
	"github.com/nslab/nslab/bench/topo"
	"golang.org/x/sys/unix"
)

// What runs without flags; see usage.
const (
	allLabs = "star:10,star:100,star:1000,stars:1000,ring:1000,ring:10000,line:1000,fattree:12,mesh:50,fan:1000,star6:1000,star6q:1000"
	someLab = "star:6,ring:4,fattree:4,mesh:6,fan:20"
)

// bench is a run of labs.
type bench struct {
	labs     []*topo.Topo
	builders []builders.Builder
	runs     int
	settle   time.Duration
	patience time.Duration
	quiet    float64
	upTo     int // maximum number of links of a lab for all builders; larger ones are for nslab and floor
	out      string
	count    bool

	dir    string // for builders' files
	runner probe.Runner
	clean  *probe.Cleaner
	result report.Result
	want   map[string]wanted // by lab
}

// wanted is the state that the first builder of a lab left.
type wanted struct {
	by    string
	nodes []int
	state probe.State
}

func labs(ctx context.Context, args []string) error {
	var b bench
	var t tools
	flags := flag.NewFlagSet("labs", flag.ContinueOnError)
	list := flags.String("labs", allLabs, "`TOPOLOGY:N,...` to build: "+kinds())
	names := flags.String("builders", "", "`names` of builders, with commas; default all that are here")
	flags.IntVar(&b.runs, "runs", 5, "`number` of alternated runs")
	flags.DurationVar(&b.settle, "settle", 5*time.Second, "`time` after up in which the machine's CPU time is measured, and before it")
	flags.DurationVar(&b.patience, "patience", 30*time.Second, "`time` in which all pings must be answered")
	flags.Float64Var(&b.quiet, "quiet", 0, "`percent` of one CPU: repeat a sample, up to thrice, while others use more during up; 0: never")
	flags.IntVar(&b.upTo, "up-to", 1300, "`links` of the largest lab that is for all builders; larger ones are for nslab and floor")
	flags.StringVar(&b.out, "out", "results", "`directory` to write results.json, results.md and the charts into")
	flags.BoolVar(&b.count, "count", true, "count requests and system calls, with strace")
	quick := flags.Bool("quick", false, "small labs, once: does everything work; well under a minute")
	t.flags(flags)
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	if *quick {
		set := map[string]bool{}
		flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
		for name, value := range map[string]string{"labs": someLab, "runs": "1", "settle": "100ms", "up-to": "6"} {
			if !set[name] {
				if err := flags.Set(name, value); err != nil {
					return err
				}
			}
		}
	}
	if b.runs < 1 {
		fmt.Fprintln(flags.Output(), "bench labs: want at least one run")
		return errUsage
	}
	for text := range strings.SplitSeq(*list, ",") {
		l, err := parseLab(text)
		if err != nil {
			return err
		}
		b.labs = append(b.labs, l)
	}
	dir, err := os.MkdirTemp("", "nslab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if !isPrivate() {
		if err := t.build(ctx, dir); err != nil {
			return err
		}
		return private(ctx, "labs", args, &t)
	}
	b.runner = t.runner()
	return b.run(ctx, builders.Tools{Nslab: t.nslab, Floor: t.program(), Self: "/proc/self/exe"}, *names)
}

func kinds() string {
	var text []string
	for _, k := range topo.Kinds {
		text = append(text, k.ID+" ("+k.What+")")
	}
	return strings.Join(text, ", ")
}

func (b *bench) run(ctx context.Context, tools builders.Tools, names string) (err error) {
	if err := settle(); err != nil {
		return err
	}
	self, err := os.Readlink(tools.Self)
	if err != nil {
		return err
	}
	tools.Self = self
	all, lacking := builders.All(ctx, tools)
	b.result = report.Result{Machine: machine(), Date: time.Now().UTC(), Lacking: lacking}
	for _, l := range lacking {
		fmt.Fprintln(os.Stderr, "without", l)
	}
	if err := b.choose(all, names); err != nil {
		return err
	}
	if b.clean, err = probe.NewCleaner(b.dir); err != nil {
		return err
	}
	defer func() {
		if cerr := b.clean.Close(); err == nil {
			err = cerr
		}
	}()
	b.result.Clean = "the tracepoint workqueue_execute_end of cleanup_net"
	if !b.clean.Traced() {
		b.result.Clean = "the device of a namespace that was let go of last, since there is no tracefs"
	}
	b.want = map[string]wanted{}
	for _, l := range b.labs {
		if err := b.lab(ctx, l); err != nil {
			return err
		}
		if err := b.write(); err != nil { // what there is, if a later one fails
			return err
		}
	}
	return b.result.Markdown(os.Stdout)
}

// choose selects the wanted builders.
func (b *bench) choose(all []builders.Builder, names string) error {
	b.builders = all
	if names != "" {
		b.builders = nil
		for name := range strings.SplitSeq(names, ",") {
			i := slices.IndexFunc(all, func(x builders.Builder) bool { return x.Name == name })
			if i < 0 {
				return fmt.Errorf("no builder %q here", name)
			}
			b.builders = append(b.builders, all[i])
		}
	}
	for i := range b.builders {
		x := &b.builders[i]
		r := report.Builder{Name: x.Name, Version: x.Version, Missing: x.Missing}
		if x.Foreign {
			r.Note = "another state: namespaces without names, the bridge outside them"
		}
		b.result.Builders = append(b.result.Builders, r)
	}
	return nil
}

// lab runs the builders in turn; the first is last in the next round.
func (b *bench) lab(ctx context.Context, t *topo.Topo) error {
	var who []*builders.Builder
	for i := range b.builders {
		x := &b.builders[i]
		ours := x.Name == "nslab" || x.Name == "floor"
		if x.Can(t) && (ours || len(t.Links) <= b.upTo) {
			who = append(who, x)
		}
	}
	for round := range b.runs {
		for i := range who {
			x := who[(i+round)%len(who)]
			fmt.Fprintf(os.Stderr, "%s %d, run %d of %d: %s", t.ID, t.N, round+1, b.runs, x.Name)
			s, err := b.sameSample(ctx, t, x)
			if err != nil {
				return fmt.Errorf("%s of %s %d: %w", x.Name, t.ID, t.N, err)
			}
			s.Round = round + 1
			fmt.Fprintf(os.Stderr, ": up %.4gs, down %.4gs, clean-up done %.4gs\n", s.Up.Seconds(), s.Down.Seconds(), s.Cleanup.Seconds())
			b.result.Samples = append(b.result.Samples, s)
		}
	}
	if !b.count {
		return nil
	}
	return b.counts(ctx, t, who)
}

// sameSample takes a sample. A sample that leaves another state does not count,
// because the kernel sometimes loses a prefix route when it makes thousands of
// link-local addresses at once, whichever program asked for the links. A
// builder that leaves another state each time fails.
func (b *bench) sameSample(ctx context.Context, t *topo.Topo, x *builders.Builder) (report.Sample, error) {
	const most = 3
	for i := 1; ; i++ {
		s, err := b.quietSample(ctx, t, x)
		if i == most || !t.IPv6 || !errors.Is(err, probe.ErrDiffers) {
			return s, err
		}
		b.result.Differed = append(b.result.Differed, fmt.Sprintf("%s by %s: %v", labOf(t).Name(), x.Name, err))
		fmt.Fprintf(os.Stderr, " (another state: again)")
	}
}

// quietSample takes samples until one is undisturbed. After enough samples it
// returns the least disturbed one.
func (b *bench) quietSample(ctx context.Context, t *topo.Topo, x *builders.Builder) (report.Sample, error) {
	const most = 4
	share := func(s *report.Sample) float64 { return float64(s.Others) / float64(max(1, s.Up)) }
	best, err := b.sample(ctx, t, x)
	for i := 1; err == nil && i < most && b.quiet > 0 && 100*share(&best) > b.quiet; i++ {
		fmt.Fprintf(os.Stderr, " (%.0f%% for others: again)", 100*share(&best))
		var s report.Sample
		if s, err = b.sample(ctx, t, x); err == nil && share(&s) < share(&best) {
			best = s
		}
	}
	return best, err
}

func (b *bench) write() error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(&b.result, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.out, "results.json"), append(data, '\n'), 0o644); err != nil {
		return err
	}
	if err := b.file("results.md", b.result.Markdown); err != nil {
		return err
	}
	for _, l := range b.result.Labs() {
		name := fmt.Sprintf("%s-%d.svg", l.Topology, l.N)
		if err := b.file(name, func(w io.Writer) error { return b.result.Chart(w, l) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) file(name string, write func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(b.out, name))
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// machine describes the machine of the benchmarks.
func machine() string {
	var uts unix.Utsname
	release := "an unknown version"
	if err := unix.Uname(&uts); err == nil {
		release = unix.ByteSliceToString(uts.Release[:])
	}
	text := fmt.Sprintf("Linux %s, %d CPUs", release, runtime.NumCPU())
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				text += " (" + strings.TrimSpace(value) + ")"
				break
			}
		}
	}
	var si unix.Sysinfo_t
	if err := unix.Sysinfo(&si); err == nil {
		text += fmt.Sprintf(", %d GiB of memory", si.Totalram*uint64(si.Unit)>>30)
	}
	return text + ", /run on tmpfs, " + runtime.Version()
}
