package topology

import (
	"fmt"
	"math/bits"
	"testing"
)

// A MAC address takes 46 bits of the hash. If two names differ in one byte,
// about half of these bits must differ.
func TestHash64(t *testing.T) {
	sum, n := 0, 0
	for i := range 1000 {
		name := fmt.Sprintf("nslab lab\x00h%d\x00eth0", i)
		for k := range len(name) {
			other := []byte(name)
			other[k] ^= 1
			d := bits.OnesCount64((hash64([]byte(name)) ^ hash64(other)) >> 18)
			if d < 5 || d > 41 {
				t.Errorf("%q and %q: %d of 46 bits differ", name, other, d)
			}
			sum, n = sum+d, n+1
		}
	}
	if mean := float64(sum) / float64(n); mean < 22.5 || mean > 23.5 {
		t.Errorf("of 46 bits %.2f differ in the mean, want 23", mean)
	}
}

// The addresses and names of a lab stay the same across releases.
func TestHashesStay(t *testing.T) {
	if got := planMAC("seed", "net0", "eth0", 0).String(); got != "da:e5:d5:0e:59:c2" {
		t.Error(got)
	}
	if got := portName("averylongnodename", "eth0"); got != "averylo-if4j5tv" {
		t.Error(got)
	}
}
