package ping

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseLiteral(t *testing.T) {
	for s, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "127.1": "127.0.0.1", "1": "0.0.0.1", "0x7f.1": "127.0.0.1", "0177.0.0.1": "127.0.0.1",
		"4294967295": "255.255.255.255", "10.65536": "10.1.0.0", "::1": "::1", "fe80::1%eth0": "fe80::1%eth0", "0": "0.0.0.0",
		"": "", "256.1": "", "1.2.3.256": "", "1.2.3.4.5": "", "4294967296": "", "08": "", "0x": "", "1.": "", ".1": "",
		"1_0": "", "+1": "", "host": "", "a.1": "", "10.0.0.1%lo": "", "127.1 ": "", "fe80::1%": "",
	} {
		a, ok := parseLiteral(s)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: %v, %v, want %q", s, a, ok, want)
		}
	}
}

// TestNoNameServer resolves addresses, what looks like an address, and names in
// a hosts file, with a namespace that must not be entered.
func TestNoNameServer(t *testing.T) {
	hosts := t.TempDir() + "/hosts"
	writeFile(t, hosts, "# none here\n10.0.0.9 nine nine.lab\n\nbad line\nfe80::9%v0 nine\n10.0.0.9\n")
	o := Options{HostsFiles: []string{hosts}, In: func(func() error) error {
		t.Error("a socket was opened")
		return errors.New("no")
	}}
	for _, tt := range []struct {
		dest   string
		family Family
		want   string
	}{
		{"10.0.0.1", FamilyAny, "10.0.0.1 [10.0.0.1]"},
		{"127.1", IPv4, "127.1 [127.0.0.1]"},
		{"::1", FamilyAny, "::1 [::1]"},
		{"::1", IPv4, "::1: Address family for hostname not supported"},
		{"127.1", IPv6, "127.1: Address family for hostname not supported"},
		{"fe80::1%", FamilyAny, "fe80::1%: Name or service not known"},
		{"10.0.0.1%lo", FamilyAny, "10.0.0.1%lo: Name or service not known"},
		{"NINE.lab", FamilyAny, "nine [10.0.0.9]"},
		{"nine", FamilyAny, "nine [10.0.0.9 fe80::9%v0]"},
		{"nine", IPv6, "nine [fe80::9%v0]"},
		{"nine.lab", IPv6, "nine.lab: Address family for hostname not supported"},
	} {
		o.Dest = tt.dest
		r, err := o.resolve(t.Context(), tt.family)
		got := r.name + " [" + strings.Trim(strings.Join(addrStrings(r.addrs), " "), " ") + "]"
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s, %v: %s, want %s", tt.dest, tt.family, got, tt.want)
		}
	}
	if name := o.reverse(t.Context(), netip.MustParseAddr("10.0.0.9")); name != "nine" {
		t.Errorf("10.0.0.9 is %q", name)
	}
}

func addrStrings(as []netip.Addr) (s []string) {
	for _, a := range as {
		s = append(s, a.String())
	}
	return s
}

func TestLookupErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&net.DNSError{IsNotFound: true}, "h: Name or service not known"},
		{&net.DNSError{IsTemporary: true}, "h: Temporary failure in name resolution"},
		{context.Canceled, "h: the name was not looked up: context canceled"},
	} {
		err := notFound("h", tt.err)
		if err.Error() != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	dir := t.TempDir()
	_, err := Options{Dest: "h", HostsFiles: []string{dir}}.resolve(t.Context(), FamilyAny)
	var path *fs.PathError
	if !errors.As(err, &path) && err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory as hosts file: %v", err)
	}
}

// FuzzHosts checks that what is found in a hosts file is there.
func FuzzHosts(f *testing.F) {
	f.Add("127.0.0.1 localhost loop # comment\n::1 ip6-localhost\n")
	f.Add("fe80::1%eth0 a\r\n\t10.1.1.1\tb\n# 1.2.3.4 c\n")
	f.Add("::ffff:1.2.3.4 mapped\n999.1.1.1 bad\nlonely\n")
	f.Fuzz(func(t *testing.T, text string) {
		err := scanHosts(strings.NewReader(text), func(h host) bool {
			if !h.addr.IsValid() || h.addr.Is4In6() || len(h.names) == 0 {
				t.Errorf("%q: %+v", text, h)
			}
			for _, n := range h.names {
				if n == "" || !slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r == '#' || r == '\n' || strings.TrimSpace(string(r)) == "" }), n) {
					t.Errorf("%q: name %q", text, n)
				}
			}
			return true
		})
		if err != nil && len(text) < 1<<16 {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// Hosts comes before files, and NameServers replace a file.
func TestGivenNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte("192.0.2.2 h other\nnameserver 192.0.2.9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{Dest: "H", Hosts: []byte("192.0.2.1\th.lab h\n"), HostsFiles: []string{file}, ResolvFile: file}
	got, err := o.resolve(t.Context(), IPv4)
	if err != nil || got.name != "h.lab" || fmt.Sprint(got.addrs) != "[192.0.2.1 192.0.2.2]" {
		t.Errorf("got %+v, %v", got, err)
	}
	for a, want := range map[string]string{"192.0.2.1": "h.lab", "192.0.2.2": "h"} {
		if name := o.reverse(t.Context(), netip.MustParseAddr(a)); name != want {
			t.Errorf("%s is %q, want %q", a, name, want)
		}
	}
	for n, want := range []string{"[192.0.2.9:53]", "[[fd00::1]:53]", "[[fd00::1]:53 [fd00::1]:53]", "[[fd00::1]:53 [fd00::1]:53 [fd00::1]:53]", "[[fd00::1]:53 [fd00::1]:53 [fd00::1]:53]"} {
		o.NameServers = slices.Repeat([]netip.Addr{netip.MustParseAddr("fd00::1")}, n)
		if s, err := o.nameServers(); err != nil || fmt.Sprint(s) != want {
			t.Errorf("%d servers: got %v, %v, want %s", n, s, err, want)
		}
	}
}
