package rtnl

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

var (
	updateGolden = flag.Bool("update", false, "write testdata/link_requests.golden anew")
	recordPeer   = flag.Bool("record", false, "run iproute2 under strace and write testdata/link_requests.iproute2 anew")
)

// wireLines splits a message into readable lines: one for each header and each
// attribute, with its name and all its bytes. Joined, the bytes are the
// message.
func wireLines(t testing.TB, msg []byte) []string {
	t.Helper()
	w := &wireWriter{msg: msg}
	layout := nlspec.Open(unix.NETLINK_ROUTE, msg)
	name := nlspec.MessageName(unix.NETLINK_ROUTE, binary.NativeEndian.Uint16(msg[4:]))
	w.line("", name, 0, nlmsgHdrLen)
	w.body("", &layout.Body)
	w.line("", "left over", w.at, len(msg))
	if got := strings.Join(strings.Fields(w.hex.String()), ""); got != hex.EncodeToString(msg) {
		t.Fatalf("a message was not taken apart whole:\n%s\n%x", strings.Join(w.lines, "\n"), msg)
	}
	return w.lines
}

type wireWriter struct {
	msg   []byte
	at    int // where the next line starts
	lines []string
	hex   strings.Builder
}

func (w *wireWriter) line(indent, name string, from, to int) {
	if from == to {
		return
	}
	s := groups(w.msg[from:to])
	w.hex.WriteString(s + " ")
	w.lines = append(w.lines, fmt.Sprintf("%s%s  %s", indent, name, s))
	w.at = to
}

func (w *wireWriter) body(indent string, b *nlspec.Body) {
	if len(b.Head) > 0 {
		w.line(indent+"  ", b.Header.Name, b.HeadOffset, b.HeadOffset+len(b.Head))
	}
	b.Items(func(it *nlspec.Item) bool {
		end := it.Offset + nlaHdrLen + len(it.Payload)
		inner := it.Child()
		if inner == nil && it.Attr.Kind != nlspec.NextHops {
			w.line(indent+"  ", it.Attr.Name, it.Offset, min(align4(end), len(w.msg)))
			return true
		}
		w.line(indent+"  ", it.Attr.Name, it.Offset, it.Offset+nlaHdrLen)
		hop := func(b *nlspec.Body) bool {
			w.body(indent+"  ", b)
			return true
		}
		if inner != nil {
			hop(inner)
		}
		it.Hops(hop)
		return true
	})
}

// meaning returns what a message says, whatever the order of its attributes:
// sorted lines of path and payload. It omits the flag NLA_F_NESTED, which
// iproute2 sets on few attributes; a string's NUL, which iproute2 omits in
// IFLA_INFO_KIND; and what only the socket knows: sequence number,
// NLM_F_REQUEST and NLM_F_ACK.
func meaning(msg []byte) []string {
	flags := binary.NativeEndian.Uint16(msg[6:]) &^ (unix.NLM_F_REQUEST | unix.NLM_F_ACK)
	typ := binary.NativeEndian.Uint16(msg[4:])
	lines := []string{fmt.Sprintf("%s flags %#x", nlspec.MessageName(unix.NETLINK_ROUTE, typ), flags)}
	var walk func(path string, b *nlspec.Body)
	walk = func(path string, b *nlspec.Body) {
		if len(b.Head) > 0 {
			lines = append(lines, path+b.Header.Name+" "+groups(b.Head))
		}
		b.Items(func(it *nlspec.Item) bool {
			name := path + it.Attr.Name
			inner := it.Child()
			switch {
			case inner != nil:
				walk(name+"/", inner)
			case it.Attr.Kind == nlspec.NextHops:
				it.Hops(func(hop *nlspec.Body) bool {
					walk(name+"/", hop)
					return true
				})
			case it.Attr.Kind == nlspec.String:
				lines = append(lines, fmt.Sprintf("%s %q", name, strings.TrimSuffix(string(it.Payload), "\x00")))
			default:
				lines = append(lines, name+" "+groups(it.Payload))
			}
			return true
		})
	}
	walk("", &nlspec.Open(unix.NETLINK_ROUTE, msg).Body)
	slices.Sort(lines)
	return lines
}

// lineDiff returns what b has beyond a, each with "+", and a beyond b, with
// "-".
func lineDiff(a, b []string) []string {
	var out []string
	rest := slices.Clone(b)
	for _, l := range a {
		if i := slices.Index(rest, l); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			out = append(out, "-"+l)
		}
	}
	for _, l := range rest {
		out = append(out, "+"+l)
	}
	return out
}

// sections reads a file of "== title" lines, each with the lines under it.
func sections(t testing.TB, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := make(map[string][]string)
	title := ""
	for s := bufio.NewScanner(f); s.Scan(); {
		if after, ok := strings.CutPrefix(s.Text(), "== "); ok {
			title = after
			m[title] = nil
		} else if s.Text() != "" && !strings.HasPrefix(s.Text(), "#") {
			m[title] = append(m[title], s.Text())
		}
	}
	return m
}

// traceMessages runs a line of iproute2 and returns the messages that it sent.
// It does not matter if the kernel refuses them.
func traceMessages(t testing.TB, line string) [][]byte {
	t.Helper()
	testenv.NeedTool(t, "strace")
	log := t.TempDir() + "/strace"
	args := append([]string{"-e", "trace=sendmsg,sendto", "-e", "write=all", "-o", log}, strings.Fields(line)...)
	if out, err := exec.Command("strace", args...).CombinedOutput(); err != nil {
		t.Logf("%s: %v: %s", line, err, bytes.TrimSpace(out))
	}
	dump, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for l := range strings.Lines(string(dump)) {
		// " | 00010  00 00 ...  ........ |"
		if strings.HasPrefix(l, " | ") && len(l) > 60 {
			b, err := hex.DecodeString(strings.Join(strings.Fields(l[9:59]), ""))
			if err != nil {
				t.Fatalf("strace: %q: %v", l, err)
			}
			data = append(data, b...)
		}
	}
	var msgs [][]byte
	for rest := data; len(rest) > 0; {
		_, next, err := nextMessage(rest)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		msgs = append(msgs, rest[:len(rest)-len(next)])
		rest = next
	}
	return msgs
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sorted(seq iter.Seq[string]) []string { return slices.Sorted(seq) }
