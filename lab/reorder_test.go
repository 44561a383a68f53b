package lab

import "testing"

// A pair that goes takes the end in the other node along, before the addresses and
// routes come there that the file now asks for.
func TestIntegrationOtherEndGoesFirst(t *testing.T) {
	const nodes = "name: t\nnodes:\n  a: {}\n  b: {routes: [\"default via 10.0.0.1\"]}\n  c: {}\nlinks:\n"
	const first = nodes + "  - {endpoints: [\"a:x\", \"b:y\"], ipv4: [\"10.0.0.1/24\", \"10.0.0.2/24\"]}\n"
	const second = nodes + "  - {endpoints: [\"b:w\", \"c:z\"], ipv4: [\"10.0.0.2/24\", \"10.0.0.1/24\"]}\n"
	cfg := &Config{}
	up(t, cfg, first)
	up(t, cfg, second)
	if p := up(t, cfg, second); !p.Empty() {
		t.Errorf("there is still\n%s", words(p))
	}
	undone(t, second, first)
}
