package rtnl

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func vrfData(k *VRF) []byte {
	var e Encoder
	k.EncodeData(&e)
	return e.buf
}

// newNetNS returns a descriptor of a new namespace. A VRF leaves its table and
// a rule behind, which other tests would see.
func newNetNS(t *testing.T) int {
	t.Helper()
	fd, err := -1, error(nil)
	made := make(chan struct{})
	go func() {
		defer close(made)
		lockThread() // and never unlocked: the thread ends with the goroutine
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
	}()
	if <-made; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// What was set is there, and its ports tell it.
func TestIntegrationVRF(t *testing.T) {
	c := dial(t, &Config{NetNS: NetNSFD(newNetNS(t)), Name: "new"})
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "vrf-b"}}, Name: "vrf-a"})
	clearLinks(t, c)
	err := c.Do(bg, &LinkAdd{Kind: &VRF{Table: Some(uint32(4711))}, Name: "blue"})
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, &LinkSet{Link: LinkName("vrf-a"), LinkAttrs: LinkAttrs{Master: Some(LinkName("blue"))}})
	blue, port := getLink(t, c, LinkName("blue")), getLink(t, c, LinkName("vrf-a"))
	if k, err := DecodeVRF(blue.Data); err != nil || k.Table != Some(uint32(4711)) {
		t.Errorf("%+v, %v", k, err)
	}
	if p, err := DecodeVRFPort(port.PortData); err != nil || p.Table != 4711 || port.PortKind != "vrf" || port.Master != blue.Index {
		t.Errorf("%+v, %+v, %v", port, p, err)
	}
	if err := c.Do(bg, &LinkAdd{Kind: &VRF{}, Name: "red"}); err == nil {
		t.Error("the kernel takes a VRF without a table")
	}
}

func FuzzDecodeVRF(f *testing.F) {
	f.Add(vrfData(&VRF{Table: Some(uint32(10))}))
	f.Add([]byte{5, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := DecodeVRFPort(b); (p == nil) == (err == nil) {
			t.Errorf("%+v, %v", p, err)
		}
		k, err := DecodeVRF(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		if again, err := DecodeVRF(vrfData(k)); err != nil || *again != *k {
			t.Errorf("%+v, then %+v (%v)", k, again, err)
		}
	})
}
