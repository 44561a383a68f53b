package iproute

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
)

// allWords is the environment variable that, set to "full", makes the tests of
// words run all their lines. Without it, they take a sample.
const allWords = "NSLAB_WORDS"

// wordState is the state that a line starts with: one of everything, with all
// random values fixed, and nothing that changes by itself.
const wordState = `
mount -t tmpfs tmpfs /run
for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done
mkdir /run/netns
ip -b - <<E
link set lo up
link add d2 address 02:00:00:00:00:02 type veth peer name e2 address 02:00:00:00:00:03
link add d1 address 02:00:00:00:00:05 type veth peer name e1 address 02:00:00:00:00:06
link add br0 address 02:00:00:00:00:04 type bridge
link set e1 master br0
link set d2 up
link set e2 up
link set d1 up
link set e1 up
addr add 10.0.0.1/24 dev d2
route add 10.9.0.0/24 via 10.0.0.9 table 100
route add 10.8.0.0/24 via 10.0.0.9 metric 8 proto static
rule add from 10.0.0.1 table 100 pref 50
neigh add 10.0.0.2 lladdr 02:00:00:00:00:09 dev d2
netns add n1
E
bridge fdb add 02:00:00:00:00:0a dev e1 master static
`

// wordDump prints the state afterwards. It is shorter than that of peer cases,
// because there are many lines.
const wordDump = `
ip -d -o -b - <<E
link show
address show
neighbor show nud all
neighbor show proxy
route show table all
rule show
E
bridge -d -o -b - <<E
link show
fdb show
E
for n in /run/netns/*; do echo "$n"; ip -n "${n##*/}" -d -o link; done
`

// anyBridgeID matches the id of a bridge with a random address.
var anyBridgeID = regexp.MustCompile(`8000\.[0-9a-f]+(:[0-9a-f]+){5}`)

var anyMAC = regexp.MustCompile(`([0-9a-f]{2}:){5}[0-9a-f]{2}`)

// wordOutcome runs a line in namespaces of its own, with the programs in dir
// first in PATH.
func wordOutcome(t *testing.T, dir, line string) (status, state, stderr string) {
	t.Helper()
	stderrFile := filepath.Join(t.TempDir(), "stderr")
	script := fmt.Sprintf("set -e\n%s\nset +e\n(PATH=%s:$PATH; %s) >/dev/null 2>%s </dev/null\necho status $?\n%s", wordState, dir, line, stderrFile, wordDump)
	out, err := exec.Command("unshare", "--mount", "--net", "sh", "-c", script).CombinedOutput()
	text := string(out)
	i := strings.Index(text, "status ")
	if i < 0 {
		t.Errorf("%s: the state: %v\n%s", line, err, text)
		return "", "", ""
	}
	errs, err := os.ReadFile(stderrFile)
	if err != nil {
		t.Error(err)
	}
	status, state, _ = strings.Cut(text[i:], "\n")
	state = anyMAC.ReplaceAllStringFunc(settled(state), func(a string) string {
		if strings.HasPrefix(a, "02:00:00:") || strings.HasPrefix(a, "33:33:") || a == "ff:ff:ff:ff:ff:ff" || a == "00:00:00:00:00:00" {
			return a
		}
		return "random"
	})
	lines := strings.Split(anyBridgeID.ReplaceAllString(state, "8000.random"), "\n")
	slices.Sort(lines)
	if status == "status 254" && strings.HasPrefix(line, "bridge") {
		status = "status 255" // iproute2 has two statuses for errors; here both count as 255
	}
	return status, strings.Join(lines, "\n"), strings.TrimSpace(string(errs))
}

// compareWords passes lines to the peers and to nslab. Exit status and state
// must be equal, except for lines that are to differ, each with its reason.
func compareWords(t *testing.T, lines []string, differ map[string]string) {
	t.Helper()
	testenv.NeedTool(t, "ip", "bridge", "brctl", "unshare")
	dir := ownPrograms(t)
	work := make(chan string)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for line := range work {
				d := ""
				// A difference that occurs each time does not depend on when
				// the state was read.
				for range 3 {
					theirs, a, theirErr := wordOutcome(t, "/nonexistent", line)
					ours, b, ourErr := wordOutcome(t, dir, line)
					if d = ""; theirs == ours && a == b {
						break
					}
					d = fmt.Sprintf("iproute2 %s (%s), nslab %s (%s)\n%s", theirs, theirErr, ours, ourErr,
						cmp.Diff(strings.Split(a, "\n"), strings.Split(b, "\n")))
				}
				switch reason, listed := differ[line]; {
				case d != "" && !listed:
					t.Errorf("%s: %s", line, d)
				case d == "" && listed:
					t.Errorf("%s: does not differ, and was said to: %s", line, reason)
				}
			}
		})
	}
	for _, line := range lines {
		work <- line
	}
	close(work)
	wg.Wait()
}

// sampleWords returns every nth line, with -short a fourth of these, or all
// lines if asked to.
func sampleWords(lines []string, n int) []string {
	if os.Getenv(allWords) == "full" {
		return lines
	}
	if testing.Short() {
		n *= 4
	}
	var some []string
	for i := n / 2; i < len(lines); i += n {
		some = append(some, lines[i])
	}
	return some
}

// Lines that iproute2 reads less carefully than one would expect, and similar
// ones. A line that is to differ says why after " # differs: ".
func TestIntegrationSameWords(t *testing.T) {
	b, err := os.ReadFile("testdata/same-words.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	differ := make(map[string]string)
	for line := range strings.Lines(string(b)) {
		line, reason, differs := strings.Cut(strings.TrimSpace(line), " # differs: ")
		if differs {
			differ[line] = reason
		}
		lines = append(lines, line)
	}
	compareWords(t, sampleWords(lines, 8), differ)
}
