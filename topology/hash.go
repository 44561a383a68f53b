package topology

import "hash/fnv"

// The hashes protect nothing: a file's author may choose any MAC address or
// name anyway. They must be the same on each machine and in each release, and
// cheap for a program that starts often.

// hash64 is FNV-1a with the finalizer of MurmurHash3, so that each bit of the
// result depends on each byte.
func hash64(text []byte) uint64 {
	h := fnv.New64a()
	h.Write(text)
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
