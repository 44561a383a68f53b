package record

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestRtmonErrors(t *testing.T) {
	stamp := func(n uint32) []byte {
		b := binary.NativeEndian.AppendUint32(nil, n)
		b = binary.NativeEndian.AppendUint16(b, rtmonStamp)
		return append(b, make([]byte, 18)...)
	}
	for _, tt := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "the file is empty"},
		{"no time", append([]byte{16, 0, 0, 0, 16, 0}, make([]byte, 10)...), "offset 0: a file of rtmon begins with a time, and this one does not"},
		{"half a header", append(stamp(24), 1, 2), "offset 24: the file ends within a message's header: 2 of 16 bytes"},
		{"a short message", append(stamp(24), make([]byte, 16)...), "offset 24: a message of 0 bytes; it must have 16 to 16777216"},
		{"half a message", append(stamp(24), stamp(25)[:20]...), "offset 24: the file ends within a message: 20 of 28 bytes"},
		{"a wrong time", slices.Concat(stamp(24), stamp(20)), "offset 24: a time of 20 bytes; it must have 24"},
	} {
		testenv.NeedLittleEndian(t)
		if _, err := readAll(NewRtmonReader(bytes.NewReader(tt.text))); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		}
	}
}
