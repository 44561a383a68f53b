package iproute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A peerCase is a command line for iproute2 or bridge-utils and for nslab, each
// in a new world of its own. Exit status, standard output and the state
// afterwards must be equal.
type peerCase struct {
	// state are the lines of sh, with the real programs, that create the state.
	// They must fix MAC addresses and anything else that is random.
	state string
	// cmd is the command line to compare, in sh.
	cmd string
	// mask matches what differs between two runs, such as times. It is replaced
	// before the outputs are compared. nil matches nothing.
	mask *regexp.Regexp
	// differs says why the output may differ; then it must. The exit status and
	// the state are still compared. Error messages are no reason: they are
	// shown side by side, not compared.
	differs string
	// status says why the exit status may differ; then it must.
	status string
	// elsewhere says that the kernel that the table of errors is made on cannot
	// do this, so that the table does not have it.
	elsewhere bool
	// root says why the case needs root in the initial user namespace.
	root string
}

// dump asks iproute2 for the whole state, with few processes: starting them
// takes most of a case's time.
const dump = `
ip -d -o -b - <<E
link show
address show
neighbor show nud all
neighbor show proxy
E
for f in 4 6; do ip -d -$f -b - <<E
route show table all
rule show
E
done
bridge -d -o -b - <<E
link show
fdb show
E
bridge -o vlan show
for n in /run/netns/*; do
  [ -e "$n" ] || continue
  ip netns list
  for n in /run/netns/*; do
    echo netns $n
    ip -n ${n##*/} -d -o -b - <<E
address show
route show table all
E
  done
  break
done
`

// volatile matches parts of a state that depend on when it is read.
var volatile = regexp.MustCompile(`valid_lft [0-9]+sec|preferred_lft [0-9]+sec|expires [0-9]+sec|gc_timer +[0-9.]+|hello_timer +[0-9.]+|` +
	`tcn_timer +[0-9.]+|topology_change_timer +[0-9.]+|used [0-9/]+|(message_age_timer|forward_delay_timer|hold_timer) +[0-9.]+|tentative |` +
	`qlen [0-9]+|state (UP|DOWN|UNKNOWN|LOWERLAYERDOWN)|NO-CARRIER,?|LOWER_UP,?|,M-DOWN|linkdown ?|dadfailed ?`)

// outcome is the result of a command in one world.
type outcome struct {
	stdout, stderr, state string
	status                string
}

// world runs a case in network and mount namespaces of its own, with the
// programs in dir first in PATH.
func (c peerCase) world(t *testing.T, dir string) outcome {
	t.Helper()
	tmp := t.TempDir()
	file := func(name string) string { return filepath.Join(tmp, name) }
	// Without duplicate address detection, an IPv6 address is valid at once and
	// not a second or two later.
	script := fmt.Sprintf(`set -e
settle() { echo >&3; read settled <&4; }
mount -t tmpfs tmpfs /run
for i in all default; do echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done
cd %[1]s
%[2]s
settle
set +e
( PATH=%[3]s:$PATH; %[4]s ) >stdout 2>stderr </dev/null 3>&- 4<&-
echo $? >status
settle
{ %[5]s
} >state 2>&1
`, tmp, c.state, dir, c.cmd, dump)
	cmd := exec.Command("unshare", "--mount", "--net", "sh", "-c", script)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	asked, answer := pipe(t), pipe(t)
	cmd.ExtraFiles = []*os.File{asked.w, answer.r}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked.w.Close()
	answer.r.Close()
	for line := make([]byte, 1); ; {
		if n, err := asked.r.Read(line); n == 0 || err != nil {
			break // it has ended
		}
		settleWorld(t, cmd.Process.Pid)
		if _, err := answer.w.WriteString("\n"); err != nil {
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("state of %q: %v\n%s%s", c.cmd, err, errs.String(), c.state)
	}
	read := func(name string) string {
		b, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return outcome{read("stdout"), read("stderr"), settled(read("state")), strings.TrimSpace(read("status"))}
}

type ends struct{ r, w *os.File }

func pipe(t *testing.T) ends {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return ends{r, w}
}

// worldTime bounds the wait for what the kernel does by itself in a world. If a
// case has deleted some of that, such as a local route, the wait takes this
// long.
const worldTime = 2 * time.Second

// settleWorld waits until the kernel has finished in the namespace of a
// process.
func settleWorld(t *testing.T, pid int) {
	t.Helper()
	h, err := nsfs.OpenPID(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	ctx, stop := context.WithTimeout(t.Context(), worldTime)
	defer stop()
	if err := settle.Namespace(ctx, h); errors.Is(err, context.DeadlineExceeded) {
		t.Log(err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// settled returns a state without what depends on when it was read, with its
// lines sorted: the kernel lists neighbours in the order of a random hash.
func settled(state string) string {
	var lines []string
	for _, l := range strings.Split(volatile.ReplaceAllString(state, ""), "\n") {
		// Multicast entries appear when the kernel happens to send.
		if !strings.HasPrefix(l, "ff02::") && !strings.HasPrefix(l, "224.0.0.22 dev ") {
			lines = append(lines, l)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// ownPrograms returns a directory in which ip, bridge and brctl are links to
// this test binary, which is nslab under these names.
func ownPrograms(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"ip", "bridge", "brctl"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// kernelHas reports whether the kernel has a kind of link. One that needs
// options or another link it refuses without them, but knows it.
func kernelHas(t *testing.T, kind string) bool {
	t.Helper()
	c, err := rtnl.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Do(t.Context(), &rtnl.LinkAdd{Kind: rtnl.PlainKind(kind), Name: "x"})
	if err == nil {
		if err := c.Do(t.Context(), &rtnl.LinkDel{Link: rtnl.LinkName("x")}); err != nil {
			t.Fatal(err)
		}
		return true
	}
	if !errors.Is(err, rtnl.ErrNotSupported) && !errors.Is(err, unix.EINVAL) {
		t.Fatalf("a link of kind %s without what it needs: %v", kind, err)
	}
	return errors.Is(err, unix.EINVAL)
}

// comparePeers runs cases against the real programs.
func comparePeers(t *testing.T, cases []peerCase) {
	t.Helper()
	testenv.NeedTool(t, "ip", "bridge", "brctl", "unshare", "jq")
	dir := ownPrograms(t)
	for i, c := range cases {
		if c.root == "" && !testenv.Row(i) {
			continue
		}
		t.Run(fmt.Sprintf("%02d", i), func(t *testing.T) {
			if c.root != "" {
				testenv.NeedInitRoot(t, c.root)
			}
			t.Parallel()
			t.Log(c.cmd)
			theirs, ours := c.world(t, "/nonexistent"), c.world(t, dir)
			if theirs.stderr != "" || ours.stderr != "" {
				t.Logf("iproute2 (%s): %snslab (%s): %s", theirs.status, theirs.stderr, ours.status, ours.stderr)
			}
			if theirs.stderr != "" && ours.stderr != "" && !c.elsewhere {
				errorTable.add(t, c.cmd, theirs, ours)
			}
			if (theirs.stderr != "") != (ours.stderr != "") {
				t.Errorf("one prints an error and one does not: iproute2 %q, nslab %q", theirs.stderr, ours.stderr)
			}
			for _, l := range notSaid(theirs.stderr, ours.stderr) {
				t.Errorf("nslab does not say %q", l)
			}
			if (theirs.status == ours.status) == (c.status != "") {
				t.Errorf("exit status: iproute2 %s, nslab %s (%s)", theirs.status, ours.status, c.status)
			}
			a, b := theirs.stdout, ours.stdout
			if c.mask != nil {
				a, b = c.mask.ReplaceAllString(a, "~"), c.mask.ReplaceAllString(b, "~")
			}
			d := cmp.Diff(strings.Split(a, "\n"), strings.Split(b, "\n"))
			switch {
			case d != "" && c.differs == "":
				t.Errorf("output, iproute2 (-) and nslab (+):\n%s", d)
			case d == "" && c.differs != "":
				t.Errorf("the output does not differ, and was said to: %s", c.differs)
			}
			if theirs.state != ours.state {
				t.Errorf("state afterwards, iproute2 (-) and nslab (+):\n%s",
					cmp.Diff(strings.Split(theirs.state, "\n"), strings.Split(ours.state, "\n")))
			}
		})
	}
}

// unsaid matches lines of the peers' errors for which nslab has only its own
// words: usages, what rtnl refuses before the kernel is asked, and what follows
// from that iproute2 goes on where nslab does not.
var unsaid = regexp.MustCompile(`^(Flush terminated$|Error: (Attribute failed policy validation|Nexthop gateway does not match)|` +
	`RTNETLINK answers: Transport endpoint is not connected$|Cannot find device "x"$)`)

// notSaid returns the lines of the peer's errors that nslab does not print.
func notSaid(theirs, ours string) (lines []string) {
	for l := range strings.Lines(theirs) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "Usage:") {
			break
		}
		if before, _, ok := strings.Cut(l, " is wrong: "); ok {
			l = before + " is wrong" // for a wrong argument, it is enough to name it
		}
		if !strings.Contains(ours, l) && !unsaid.MatchString(l) {
			lines = append(lines, l)
		}
	}
	return lines
}
