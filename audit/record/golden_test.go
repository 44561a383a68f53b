package record

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nslab/nslab/internal/testenv"
)

var update = flag.Bool("update", false, "write the golden files of testdata/ anew")

// TestGolden reads recordings of strace, rtmon, tcpdump and dumpcap, and
// compares the events with JSON lines that were checked by hand.
func TestGolden(t *testing.T) {
	testenv.NeedLittleEndian(t)
	for _, name := range []string{"veth.strace", "threads.strace", "mmsg.strace", "plain.strace", "links.rtmon", "nlmon.pcap", "nlmon.pcapng", "sll.pcap", "sll2.pcap"} {
		file := filepath.Join("testdata", name)
		got := writeJSON(t, readFile(t, file, Options{}))
		if *update {
			if err := os.WriteFile(file+".jsonl", got, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
