package rtnl

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// reply makes an NLMSG_ERROR that answers request: with the whole of it or its
// header alone (capped), then attributes.
func reply(errno unix.Errno, request []byte, capped bool, attrs func(e *Encoder)) Message {
	data := binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
	m := Message{Type: unix.NLMSG_ERROR, Flags: unix.NLM_F_ACK_TLVS}
	if capped {
		m.Flags |= unix.NLM_F_CAPPED
		data = append(data, request[:nlmsgHdrLen]...)
	} else {
		data = append(data, request...)
		for len(data)%4 != 0 {
			data = append(data, 0)
		}
	}
	var e Encoder
	attrs(&e)
	m.Data = append(data, e.buf...)
	return m
}

func TestExtAck(t *testing.T) {
	var e Encoder
	if _, err := e.message(&LinkAdd{Kind: &Bridge{ForwardDelay: Some(fromClockT(1))}, Name: "b"}); err != nil {
		t.Fatal(err)
	}
	request := e.buf
	all := func(e *Encoder) {
		e.String(unix.NLMSGERR_ATTR_MSG, "not like that")
		e.Uint32(unix.NLMSGERR_ATTR_OFFS, 60)
		e.Bytes(unix.NLMSGERR_ATTR_COOKIE, []byte{9, 8})
		p := e.Nest(nlspec.NLMSGERR_ATTR_POLICY)
		e.Uint32(unix.NL_POLICY_TYPE_ATTR_TYPE, 3)
		e.Uint64(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 2)
		e.Uint64(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 1<<64-1)
		e.EndNest(p)
		e.Uint32(nlspec.NLMSGERR_ATTR_MISS_TYPE, 4)
		e.Uint32(nlspec.NLMSGERR_ATTR_MISS_NEST, 40)
		e.Uint32(99, 1) // of a kernel to come
	}
	want := extAck{
		message: "not like that", offset: Some(uint32(60)), cookie: []byte{9, 8}, missType: Some(uint32(4)), missNest: Some(uint32(40)),
		policy: &Policy{Type: 3, Min: Some(int64(2)), MaxUnsigned: Some(uint64(1<<64 - 1))},
	}
	check := func(name string, m Message, want extAck) {
		t.Helper()
		if got := parseExtAck(m); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	check("capped", reply(unix.EINVAL, request, true, all), want)
	check("whole request", reply(unix.EINVAL, request, false, all), want)
	odd := append([]byte(nil), request[:len(request)-2]...) // padded behind
	binary.NativeEndian.PutUint32(odd, uint32(len(odd)))
	check("whole request of odd length", reply(unix.EINVAL, odd, false, all), want)
	noFlag := reply(unix.EINVAL, request, true, all)
	noFlag.Flags &^= unix.NLM_F_ACK_TLVS
	check("without NLM_F_ACK_TLVS", noFlag, extAck{})
	done := Message{Type: unix.NLMSG_DONE, Flags: unix.NLM_F_ACK_TLVS | unix.NLM_F_MULTI}
	var attrs Encoder
	all(&attrs)
	done.Data = append(binary.NativeEndian.AppendUint32(nil, 0xffffffea), attrs.buf...)
	check("NLMSG_DONE", done, want)

	// Hostile and cut: what cannot be read is left out.
	huge := reply(unix.EINVAL, request, false, all)
	for _, n := range []uint32{uint32(len(huge.Data)), 1<<31 - 1, 1 << 31, 1<<32 - 1, 1<<32 - 4} {
		binary.NativeEndian.PutUint32(huge.Data[4:], n)
		check("a request that claims more than there is", huge, extAck{})
	}
	short := reply(unix.EINVAL, request, true, func(e *Encoder) {
		e.Bytes(unix.NLMSGERR_ATTR_OFFS, []byte{1, 2})
	})
	check("an offset of 2 bytes", short, extAck{})
	short = reply(unix.EINVAL, request, true, func(e *Encoder) {
		p := e.Nest(nlspec.NLMSGERR_ATTR_POLICY)
		e.Bytes(unix.NL_POLICY_TYPE_ATTR_MIN_LENGTH, []byte{1})
		e.EndNest(p)
		e.Bytes(nlspec.NLMSGERR_ATTR_MISS_TYPE, nil)
	})
	check("a policy and a type that are short", short, extAck{policy: &Policy{}})
	whole := reply(unix.EINVAL, request, true, all)
	for n := range whole.Data {
		cut := whole
		cut.Data = whole.Data[:n]
		got := parseExtAck(cut)
		if got.message != "" && got.message != want.message || got.offset.IsSet() && got.offset != want.offset ||
			got.missType.IsSet() && got.missType != want.missType || got.missNest.IsSet() && got.missNest != want.missNest {
			t.Errorf("cut to %d bytes: %+v", n, got)
		}
	}
}

func TestPolicy(t *testing.T) {
	minusOne := int64(-1)
	for _, tt := range []struct {
		fill func(e *Encoder)
		want Policy
		text string
	}{
		{func(e *Encoder) { e.Uint32(unix.NL_POLICY_TYPE_ATTR_TYPE, 7) }, Policy{Type: 7}, "attribute type 7 expected"},
		{func(e *Encoder) {
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_S, uint64(minusOne))
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_S, 5)
		}, Policy{Min: Some(int64(-1)), Max: Some(int64(5))}, "at least -1, at most 5"},
		{func(e *Encoder) {
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1)
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 4094)
		}, Policy{Min: Some(int64(1)), MaxUnsigned: Some(uint64(4094))}, "at least 1, at most 4094"},
		{func(e *Encoder) { e.Uint64(unix.NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1<<63) }, Policy{}, "attribute type 0 expected"},
		{func(e *Encoder) {
			e.Uint32(unix.NL_POLICY_TYPE_ATTR_MIN_LENGTH, 4)
			e.Uint32(unix.NL_POLICY_TYPE_ATTR_MAX_LENGTH, 8)
		}, Policy{MinLength: Some(uint32(4)), MaxLength: Some(uint32(8))}, "at least 4 bytes, at most 8 bytes"},
		{func(e *Encoder) { e.Uint32(unix.NL_POLICY_TYPE_ATTR_BITFIELD32_MASK, 0xff) }, Policy{Mask: Some(uint64(0xff))}, "bits within 0xff"},
		{func(e *Encoder) { e.Uint64(unix.NL_POLICY_TYPE_ATTR_MASK, 1<<40) }, Policy{Mask: Some(uint64(1 << 40))}, "bits within 0x10000000000"},
	} {
		var e Encoder
		tt.fill(&e)
		got := parsePolicy(AttrReader{rest: e.buf})
		if diff := cmp.Diff(&tt.want, got, cmp.AllowUnexported(Opt[int64]{}, Opt[uint64]{}, Opt[uint32]{})); diff != "" {
			t.Errorf("%s: %s", tt.text, diff)
		}
		if got.String() != tt.text {
			t.Errorf("got %q, want %q", got.String(), tt.text)
		}
	}
}

// The text of an error, from the bytes of the answer.
func TestErrorText(t *testing.T) {
	c := &Conn{socket: socket{name: "ns"}}
	var e Encoder
	if _, err := e.message(&LinkAdd{Kind: &Bridge{ForwardDelay: Some(fromClockT(1))}, Name: "b"}); err != nil {
		t.Fatal(err)
	}
	request := e.buf
	find := func(typ uint16) uint32 { // the offset of an nlattr, by its bytes
		head := binary.NativeEndian.AppendUint16(nil, typ)
		for i := nlmsgHdrLen + unix.SizeofIfInfomsg; i+4 <= len(request); i += 4 {
			if string(request[i+2:i+4]) == string(head) {
				return uint32(i)
			}
		}
		t.Fatalf("no attribute %d", typ)
		return 0
	}
	info, data := find(unix.IFLA_LINKINFO|unix.NLA_F_NESTED), find(unix.IFLA_INFO_DATA|unix.NLA_F_NESTED)
	for _, tt := range []struct {
		name  string
		errno unix.Errno
		attrs func(e *Encoder)
		want  string
	}{
		{"bare", unix.EBUSY, func(e *Encoder) {}, `create link "b" in "ns": device or resource busy (EBUSY)`},
		{"at", unix.EINVAL, func(e *Encoder) {
			e.String(unix.NLMSGERR_ATTR_MSG, "bad")
			e.Uint32(unix.NLMSGERR_ATTR_OFFS, data+nlaHdrLen)
		},
			`create link "b" in "ns": bad (EINVAL, at IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY)`},
		{"at, with a policy", unix.ERANGE, func(e *Encoder) {
			e.Uint32(unix.NLMSGERR_ATTR_OFFS, data+nlaHdrLen)
			p := e.Nest(nlspec.NLMSGERR_ATTR_POLICY)
			e.Uint64(unix.NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 9)
			e.EndNest(p)
		}, `create link "b" in "ns": numerical result out of range (ERANGE, at IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY, at most 9)`},
		{"missing", unix.EINVAL, func(e *Encoder) { e.Uint32(nlspec.NLMSGERR_ATTR_MISS_TYPE, unix.IFLA_ADDRESS) },
			`create link "b" in "ns": invalid argument (EINVAL, IFLA_ADDRESS is missing)`},
		{"missing in a nest", unix.EINVAL, func(e *Encoder) {
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_TYPE, unix.IFLA_INFO_SLAVE_KIND)
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_NEST, info)
		}, `create link "b" in "ns": invalid argument (EINVAL, IFLA_LINKINFO/IFLA_INFO_SLAVE_KIND is missing)`},
		{"control characters", unix.EINVAL, func(e *Encoder) { e.String(unix.NLMSGERR_ATTR_MSG, " \x1b[2Jgone\n\u202e\r ") },
			`create link "b" in "ns": \x1b[2Jgone\x0a\xe2\x80\xae (EINVAL)`},
		{"no text at all", unix.EINVAL, func(e *Encoder) { e.Bytes(unix.NLMSGERR_ATTR_MSG, []byte{0x9b, '2', 'J', 0}) },
			`create link "b" in "ns": \x9b2J (EINVAL)`},
		{"offsets from nowhere", unix.EINVAL, func(e *Encoder) {
			e.Uint32(unix.NLMSGERR_ATTR_OFFS, 1<<32-1)
			e.Uint32(nlspec.NLMSGERR_ATTR_MISS_NEST, 1<<31)
		},
			`create link "b" in "ns": invalid argument (EINVAL)`},
		{"an errno without a name", 4095, func(e *Encoder) {}, `create link "b" in "ns": errno 4095 (errno 4095)`},
	} {
		for _, capped := range []bool{true, false} {
			m := reply(tt.errno, request, capped, tt.attrs)
			errno, err := m.errno()
			if err != nil {
				t.Fatal(err)
			}
			got := c.newError(encoded{b: request}, errno, parseExtAck(m), nil)
			if got.Error() != tt.want || !errors.Is(got, tt.errno) {
				t.Errorf("%s: got  %s\nwant %s", tt.name, got, tt.want)
			}
			if strings.ContainsAny(got.Error(), "\x1b\n\r") {
				t.Errorf("%s: %q is not safe to print", tt.name, got.Error())
			}
		}
	}
}

// The real thing, from sockets that ask for capped answers and for whole ones.
func TestIntegrationExtAck(t *testing.T) {
	for _, capped := range []int{1, 0} {
		c := dial(t, nil)
		if err := c.end.setOptions(capped, unix.NETLINK_CAP_ACK); err != nil {
			t.Fatal(err)
		}
		err := c.Do(t.Context(), &LinkAdd{Kind: badBridge{}, Name: strings.Repeat("n", 13)})
		var e *Error
		if !errors.As(err, &e) || e.Errno != unix.ERANGE || e.Message != "Attribute failed policy validation" ||
			e.Attr != "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY" || e.Policy == nil {
			t.Errorf("NETLINK_CAP_ACK %d: %+v", capped, e)
		}
		// The kernel repeats a name that a user chose.
		err = c.Do(t.Context(), &LinkAdd{Kind: &Bridge{}, Name: "a\x1bb"})
		if err == nil { // it takes it: only white space, '/' and ':' are barred
			do(t, c, &LinkDel{Link: LinkName("a\x1bb")})
		} else if strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q is not safe to print", err)
		}
	}
}
