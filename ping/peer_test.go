package ping

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// TestSameAsIputils passes the same arguments to ping(8) and to this package,
// and compares everything that a user sees, with times masked.
func TestSameAsIputils(t *testing.T) {
	newLab(t)
	// Nobody has this address, so there is neither an answer nor an error.
	for _, a := range []string{"10.0.0.97", "fd00::97"} {
		testenv.Run(t, "ip", "-n", "pa", "neigh", "add", a, "lladdr", "02:00:00:00:00:97", "dev", "va")
	}
	for _, args := range []string{
		"-c 1 127.0.0.1",
		"-c 1 ::1",
		"-c 1 127.1",
		"-c 1 0.0.0.0",
		"-c 1 ::",
		"-c 1 localhost",
		"-c 1 -n localhost",
		"-c 3 -i 0.01 10.0.0.2",
		"-c 3 -i 0.01 fd00::2",
		"-c 3 -i 0 10.0.0.2",
		"-c 2 -i 0.01 -q 10.0.0.2",
		"-c 2 -i 0.01 -q fd00::2",
		"-c 1 -s 0 10.0.0.2",
		"-c 1 -s 15 10.0.0.2",
		"-c 1 -s 16 10.0.0.2",
		"-c 1 -s 0 fd00::2",
		"-c 1 -s 15 fd00::2",
		"-c 1 -s 16 fd00::2",
		"-c 1 -s 1472 10.0.0.2",
		"-c 1 -s 1473 10.0.0.2",
		"-c 1 -s 1452 fd00::2",
		"-c 1 -s 1453 fd00::2",
		"-c 1 -s 65507 127.0.0.1",
		"-c 1 -i 0.05 -s 65508 127.0.0.1",
		"-c 1 -s 65527 ::1",
		"-c 1 -i 0.05 -s 65528 ::1",
		"-c 1 -I va 10.0.0.2",
		"-c 1 -I va fd00::2",
		"-c 1 -I 10.0.0.1 10.0.0.2",
		"-c 1 -I fd00::1 fd00::2",
		"-c 1 -I fd00::1%va fd00::2",
		"-c 1 -W 0.05 -I va 127.0.0.1",
		"-c 1 -W 0.05 -I lo 10.0.0.2", // with a warning
		"-c 1 fe80::2%va",
		"-c 1 10.0.0.99", // no such neighbour
		"-c 1 fd00::99",
		"-c 3 -i 0.001 10.0.0.99",
		"-c 3 -i 0.001 fd00::99",
		"-c 1 -W 2 10.7.0.1", // pb has no route
		"-c 1 fd07::1",
		"-c 2 -i 0.01 fd07::1",
		"-c 1 -q fd07::1",
		"-c 2 -w 5 -i 0.2 10.0.0.2",
		"-c 3 -w 5 -i 1 fd07::1", // ends at the first error
		"-c 1 -M do 10.0.0.2",
		"-c 1 -M do -s 1473 10.0.0.2",
		"-c 1 -M do -s 1453 fd00::2",
		"-c 1 -M want -s 1473 10.0.0.2",
		"-c 1 -M want -s 1453 fd00::2",
		"-c 1 -M dont -s 1473 10.0.0.2",
		"-c 1 -M dont -s 1453 fd00::2",
		"-c 1 -t 1 10.7.0.1", // pb says that its time is over, if it gets so far
		"-c 1 -t 1 fd07::1",
		"-c 1 -t 3 10.0.0.2",
		"-c 1 -t 255 fd00::2",
		"-w 1 -i 0.3 10.0.0.2",
		"-w 1 -i 0.3 -c 9 10.0.0.2",
		"-w 1 -c 1 fd00::2",
		"-f -c 50 10.0.0.2",
		"-f -c 50 fd00::2",
		"-f -q -c 50 10.0.0.2",
		"-f -c 3 fd07::1",
		"-f -c 1 -s 65508 127.0.0.1",
		"-f -i 0.01 -c 3 10.0.0.2",
		"-b -c 1 -W 0.05 10.0.0.255",
		"-b -c 2 -i 0.01 10.0.0.2",
		"-b -c 1 -s 1473 10.0.0.255",
		"-D -c 2 -i 0.01 10.0.0.2",
		"-D -c 1 fd07::1",
		"-O -c 3 -i 0.01 -W 0.05 10.0.0.97",
		"-O -D -c 2 -i 0.01 fd07::1",
		"-O -q -c 3 -i 0.01 -W 0.05 fd00::97",
		"-O -c 3 -i 0.01 10.0.0.2",
		"-p ff -c 1 10.0.0.2",
		"-p abc -c 1 fd00::2",
		"-p 0102030405060708090a0b0c0d0e0f1011 -c 1 10.0.0.2",
		"-Q 0x10 -c 1 10.0.0.2",
		"-Q 184 -c 1 fd00::2",
		"-S 4096 -c 2 -i 0.01 10.0.0.2",
		"-S 1 -c 1 -s 60000 127.0.0.1",
		"-A -c 5 10.0.0.2",
		"-A -c 5 fd00::2",
		"-A -q -i 0.1 -c 5 10.0.0.2",
	} {
		t.Run(args, func(t *testing.T) {
			if strings.HasPrefix(args, "-w 1 ") || strings.Contains(args, "-M do -s ") || strings.HasPrefix(args, "-b -c 1 -s ") {
				t.Parallel() // they wait a second
			}
			argv := strings.Fields(args)
			want := unlimited(args, func() outcome { return iputils(t, "pa", argv...) })
			got := unlimited(args, func() outcome { o, _ := ours(t, in("pa"), argv...); return o })
			if strings.HasPrefix(args, "-w 1 -i ") {
				want, got = want.uncounted(), got.uncounted()
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if !strings.Contains(want.out, "PING ") || !strings.Contains(want.out, "packets transmitted") {
				t.Errorf("ping(8) printed no statistics:\n%s", want)
			}
		})
	}
}

// TestErrorsAsIputils compares the exit status of failures before the first
// request, and looks for ping(8)'s words in our messages, which say more.
func TestErrorsAsIputils(t *testing.T) {
	newLab(t)
	addRefusals(t)
	for _, tt := range []struct{ args, words string }{
		{"-c 1 10.5.5.5", "connect: Network is unreachable"},
		{"-c 1 fd05::5", "connect: Network is unreachable"},
		{"-c 1 10.8.0.1", "connect: No route to host"},
		{"-c 1 fd08::1", "connect: Permission denied"},
		{"-c 1 -4 ::1", "::1: Address family for hostname not supported"},
		{"-c 1 -6 127.0.0.1", "127.0.0.1: Address family for hostname not supported"},
		{"-c 1 -I nope 127.0.0.1", "nope: No such device"},
		{"-c 1 -I nope ::1", "unknown iface: nope"},
		{"-c 1 -I 10.9.9.9 127.0.0.1", ": Cannot assign requested address"},
		{"-c 1 -I fd99::1 ::1", ": Cannot assign requested address"},
		{"-c 1 fe80::1%nope", "fe80::1%nope: "},
		{"-c 1 127.0.0.1%lo", "127.0.0.1%lo: Name or service not known"},
		{"-c 1 10.0.0.255", "broadcast"},
		{"-c 1 -t 0 127.0.0.1", "nvalid argument"},
		{"-c 1 no-such-host.invalid", "no-such-host.invalid: "},
	} {
		t.Run(tt.args, func(t *testing.T) {
			argv := strings.Fields(tt.args)
			want := iputils(t, "pa", argv...)
			got, _ := ours(t, in("pa"), argv...)
			if want.status != 2 || got.status != 2 {
				t.Errorf("exit status %d, ping(8) has %d, want 2", got.status, want.status)
			}
			for who, o := range map[string]outcome{"ours": got, "ping(8)": want} {
				if o.out != "" || !strings.Contains(o.err, tt.words) {
					t.Errorf("%s: out %q, err %q: want no out and %q", who, o.out, o.err, tt.words)
				}
			}
		})
	}
}

// TestDatagramSocket removes CAP_NET_RAW while the socket is opened. The
// results must be those of a raw socket, or an error that names both solutions.
func TestDatagramSocket(t *testing.T) {
	newLab(t)
	enter := withoutNetRaw("pa")

	// A new namespace has the range "1 0": nobody.
	for _, dest := range []string{"127.0.0.1", "::1"} {
		got, _ := ours(t, enter, "-c", "1", dest)
		for _, word := range []string{"ermission", "CAP_NET_RAW", "net.ipv4.ping_group_range"} {
			if got.status != 2 || !strings.Contains(got.err, word) {
				t.Errorf("%s: status %d, %q: want 2 and %q", dest, got.status, got.err, word)
			}
		}
	}

	sysctl(t, "pa", "ipv4/ping_group_range", "0 0")
	for _, args := range []string{
		"-c 2 -i 0.01 10.0.0.2",
		"-c 2 -i 0.01 fd00::2",
		"-c 1 -s 0 fd00::2",
		"-c 1 fe80::2%va",
		"-c 1 10.0.0.99",
		"-c 1 fd00::99",
		"-c 1 -W 2 10.7.0.1",
		"-c 1 fd07::1",
		"-c 1 -I va 10.0.0.2",
		"-c 1 -I va fd00::2",
		"-c 1 -I 10.0.0.1 10.0.0.2",
		"-c 1 -I fd00::1 fd00::2",
		"-c 1 -i 0.05 -s 65508 127.0.0.1",
	} {
		t.Run(args, func(t *testing.T) {
			argv := strings.Fields(args)
			o := parseArgs(t, argv)
			o.In = enter
			p, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if p.raw {
				t.Error("a raw socket without CAP_NET_RAW")
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			want := unlimited(args, func() outcome { return iputils(t, "pa", argv...) })
			got := unlimited(args, func() outcome { o, _ := ours(t, enter, argv...); return o })
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}
