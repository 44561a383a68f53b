package main

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/net/dns/dnsmessage"
)

// ping asks the name servers that the file gives a node, from the node.
func TestIntegrationPingNameServer(t *testing.T) {
	const file = `name: pingdns
nodes: {a: {dns: [10.1.0.2]}, b: {}}
links: [{endpoints: ["a:e", "b:e"], ipv4: ["10.1.0.1/24", "10.1.0.2/24"]}]
`
	var out, errs strings.Builder
	if status := run("nslab", []string{"up", "-"}, strings.NewReader(file), &out, &errs); status != 0 {
		t.Fatalf("nslab up: status %d\n%s", status, errs.String())
	}
	defer nslab(t, "down", "pingdns")
	settle.Carriers(t, "pingdns-a", "pingdns-b") // nothing is sent before
	h, err := nsfs.Dir{}.Open("pingdns-b")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var server net.PacketConn
	err = h.Do(func() (err error) {
		server, err = net.ListenPacket("udp", "10.1.0.2:53")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var asked sync.Map
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return // closed
			}
			var m dnsmessage.Message
			if err := m.Unpack(buf[:n]); err != nil || len(m.Questions) != 1 {
				continue // the lookup fails
			}
			q := m.Questions[0]
			asked.Store(q.Name.String(), from.(*net.UDPAddr).IP.String())
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class},
					Body:   &dnsmessage.AResource{A: [4]byte{10, 1, 0, 2}},
				}}
			}
			if b, err := m.Pack(); err == nil {
				server.WriteTo(b, from) //nolint:errcheck // the look-up fails
			}
		}
	})
	said := nslab(t, "ping", "-n", "-c", "1", "pingdns/a", "www.example")
	if !strings.HasPrefix(said, "PING www.example (10.1.0.2) ") || !strings.Contains(said, " 0% packet loss") {
		t.Errorf("said\n%s", said)
	}
	if from, _ := asked.Load("www.example."); from != "10.1.0.1" {
		t.Errorf("the name server was asked from %v", from)
	}
	server.Close()
	done.Wait()
}
