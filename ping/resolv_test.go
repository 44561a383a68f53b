package ping

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestScanServers(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "127.0.0.1:53",
		"search lab\noptions x\n":    "127.0.0.1:53",
		"nameserver 10.0.0.1\n":      "10.0.0.1:53",
		"nameserver\nnameserver x\n": "127.0.0.1:53",
		"# nameserver 10.0.0.9\n; nameserver 10.0.0.8\n nameserver\tfe80::1%v0 # x\nnameserver 10.0.0.2": "[fe80::1%v0]:53 10.0.0.2:53",
		strings.Repeat("nameserver 10.0.0.1\n", 5):                                                       "10.0.0.1:53 10.0.0.1:53 10.0.0.1:53",
	} {
		servers, err := scanServers(strings.NewReader(text))
		var got []string
		for _, s := range servers {
			got = append(got, s.String())
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	if _, err := scanServers(strings.NewReader(strings.Repeat("x", 1<<20))); err == nil {
		t.Error("a line of 1 MiB is read")
	}
	if s, err := nameServers(t.TempDir() + "/none"); s != nil || err != nil {
		t.Errorf("no file: %v, %v", s, err)
	}
	if _, err := nameServers(t.TempDir()); err == nil {
		t.Error("a directory is read")
	}
}

// serveDNS answers queries on a socket: www.lab. has 10.0.0.2, the address has
// that name, a name that contains "broken" is an error, and other names do not
// exist. It returns the names it was asked for.
func serveDNS(t *testing.T, conn net.PacketConn) func() string {
	var mu sync.Mutex
	var asked []string
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return // closed
			}
			var m dnsmessage.Message
			if err := m.Unpack(buf[:n]); err != nil || len(m.Questions) != 1 {
				t.Errorf("query %x: %v", buf[:n], err)
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}
			switch name := q.Name.String(); {
			case name == "www.lab." && q.Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{10, 0, 0, 2}}}}
			case name == "2.0.0.10.in-addr.arpa." && q.Type == dnsmessage.TypePTR:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("www.lab.")}}}
			case name == "www.lab.":
			case strings.Contains(name, "broken"):
				m.RCode = dnsmessage.RCodeServerFailure
			default:
				m.RCode = dnsmessage.RCodeNameError
			}
			mu.Lock()
			if name := q.Name.String(); len(asked) == 0 || asked[len(asked)-1] != name {
				asked = append(asked, name)
			}
			mu.Unlock()
			b, err := m.Pack()
			if err == nil {
				_, err = conn.WriteTo(b, from)
			}
			if err != nil && !errors.Is(err, net.ErrClosed) {
				t.Errorf("answer to %v: %v", q, err)
			}
		}
	})
	t.Cleanup(func() { conn.Close(); done.Wait() })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		names := strings.Join(asked, " ")
		asked = nil
		return names
	}
}

// Names are looked up by the namespace's own name servers, from within it.
func TestIntegrationResolvFile(t *testing.T) {
	newLab(t)
	var server net.PacketConn
	err := in("pb")(func() (err error) {
		server, err = net.ListenPacket("udp", "10.0.0.2:53")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := serveDNS(t, server)
	resolv := t.TempDir() + "/resolv.conf"
	// Nobody answers at the first address, and the kernel reports that.
	writeFile(t, resolv, "search elsewhere\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n")
	o := Options{In: in("pa"), ResolvFile: resolv}
	for _, tt := range []struct{ dest, want, asked string }{
		{"www.lab", "[10.0.0.2]", "www.lab."},
		{"www.lab.", "[10.0.0.2]", "www.lab."},
		{"nobody", "nobody: Name or service not known", "nobody."},
		{"broken.lab", "broken.lab: Temporary failure in name resolution", "broken.lab."},
	} {
		o.Dest = tt.dest
		r, err := o.resolve(t.Context(), FamilyAny)
		got := "[" + strings.Join(addrStrings(r.addrs), " ") + "]"
		if err != nil {
			got = err.Error()
		}
		if names := asked(); got != tt.want || names != tt.asked {
			t.Errorf("%s: got %s, asking for %q; want %s, %q", tt.dest, got, names, tt.want, tt.asked)
		}
	}
	if name := o.reverse(t.Context(), netip.MustParseAddr("10.0.0.2")); name != "www.lab" {
		t.Errorf("10.0.0.2 has the name %q", name)
	}
	// If the file is missing, the machine's own is used. If it cannot be read,
	// that is an error.
	o.ResolvFile, o.Dest = t.TempDir(), "www.lab"
	if _, err := o.resolve(t.Context(), FamilyAny); err == nil || !strings.Contains(err.Error(), "www.lab: ") {
		t.Errorf("got %v", err)
	}
}
