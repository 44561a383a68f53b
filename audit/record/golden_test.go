package record

import (
	"flag"
	"path/filepath"
	"testing"

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
		testenv.Golden(t, file+".jsonl", string(got), *update)
	}
}
