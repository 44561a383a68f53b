package iproute

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"sync"
)

// ipProtos are the names of IP's protocols in protocols(5), as in
// getprotobyname(3) and getprotobynumber(3). If the file is missing, as on
// small systems, ICMP and the protocols with ports still have names.
var ipProtos protoTable

type protoTable struct {
	once   sync.Once
	byName map[string]uint8
	byNum  map[uint8]string
}

const protocolsFile = "/etc/protocols"

// builtinProtos is used if the file is missing, in its format.
const builtinProtos = `icmp 1 ICMP
tcp 6 TCP
udp 17 UDP
dccp 33 DCCP
ipv6-icmp 58 IPv6-ICMP
sctp 132 SCTP
udplite 136 UDPLite
`

func (t *protoTable) load() {
	t.once.Do(func() {
		b, err := os.ReadFile(protocolsFile)
		if err != nil {
			b = []byte(builtinProtos)
		}
		t.byName, t.byNum = parseProtocols(string(b))
	})
}

// parseProtocols reads lines of a name, a number and further names. The first
// line with a name or a number counts. Other lines are skipped.
func parseProtocols(text string) (byName map[string]uint8, byNum map[uint8]string) {
	byName, byNum = make(map[string]uint8), make(map[uint8]string)
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseUint(f[1], 10, 8)
		if err != nil {
			continue
		}
		num := uint8(n)
		if _, ok := byNum[num]; !ok {
			byNum[num] = f[0]
		}
		for _, name := range append(f[2:], f[0]) {
			if _, ok := byName[name]; !ok {
				byName[name] = num
			}
		}
	}
	return byName, byNum
}

func (t *protoTable) number(name string) (uint8, bool) {
	t.load()
	n, ok := t.byName[name]
	return n, ok
}

// name returns a protocol's name, or "ipproto-" and its number.
func (t *protoTable) name(n uint8, o *Options) string {
	if !o.Numeric {
		t.load()
		if s, ok := t.byNum[n]; ok {
			return s
		}
	}
	return "ipproto-" + strconv.Itoa(int(n))
}
