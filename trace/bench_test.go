package trace

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// BenchmarkAsk runs a program that sends a small request and receives a large
// answer in each iteration, alone and traced.
func BenchmarkAsk(b *testing.B) {
	b.Run("untraced", func(b *testing.B) {
		cmd := exec.Command("/proc/self/exe", strconv.Itoa(b.N))
		cmd.Args[0] = "asks"
		cmd.Env = append(os.Environ(), programEnv+"=asks")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	})
	for name, o := range map[string]Options{"traced": {}, "every": {Every: true}} {
		b.Run(name, func(b *testing.B) {
			n := 0
			t, err := Start(program("asks", strconv.Itoa(b.N)), o, func(e *audit.Event) { n++ })
			if err != nil {
				b.Fatal(err)
			}
			if ws, err := t.Wait(); ws != 0 || err != nil {
				b.Fatal(ws, err)
			}
			if n < 2*b.N {
				b.Fatalf("%d events", n)
			}
		})
	}
}

// asks sends as many requests as its argument says.
func asks() error {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	c, err := open()
	if err != nil {
		return err
	}
	request, answer := c.getLink(1), make([]byte, 32<<10)
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	for range n {
		if err := unix.Sendmsg(c.fd, request, nil, to, 0); err != nil {
			return err
		}
		if _, _, _, _, err := unix.Recvmsg(c.fd, answer, nil, 0); err != nil {
			return err
		}
	}
	return nil
}
