package topology

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/rtnl"
)

// Each option key of a kind of interface sets an option of that kind, and a
// Builder writes it with the same value.
func TestInterfaceOptions(t *testing.T) {
	for _, kind := range interfaceKinds {
		for i := range kind.keys {
			k := &kind.keys[i]
			if k.option == nil {
				continue
			}
			values := []int64{max(k.min, 1), k.max}
			switch k.typ {
			case typeBool:
				values = []int64{0, 1}
			case typeEnum:
				if len(k.numbers) != len(k.words) {
					t.Errorf("kind %s: %s has %d words, and numbers for %d", kind.name, k.name, len(k.words), len(k.numbers))
					continue
				}
				values = nil
				for _, n := range k.numbers {
					values = append(values, int64(n))
				}
			}
			for _, v := range values {
				o := kind.options()
				k.option(o).set(v)
				e, known := configKind(o, kind.options(), kind.keys, kind.config)
				if len(e) != 1 || e[0].key != k.name || !known {
					t.Errorf("kind %s: the entries of %s %d are %v, %t", kind.name, k.name, v, e, known)
					continue
				}
				if got := number(k, &yamlNode{kind: yamlScalar, text: strings.Trim(e[0].value, `"`)}); got != v {
					t.Errorf("kind %s: %s %d is written as %s, which is %d", kind.name, k.name, v, e[0].value, got)
				}
			}
		}
	}
}

// Values without a word are refused.
func TestOptionWithoutWord(t *testing.T) {
	for _, o := range []rtnl.Kind{
		&rtnl.VLAN{ID: rtnl.Some[uint16](1), Protocol: rtnl.Some[uint16](1)},
		&rtnl.Macvlan{Mode: rtnl.Some[uint32](3)},
		&rtnl.Macvlan{Flags: rtnl.Some[uint16](4)},
		&rtnl.Macvlan{MACAddrMode: rtnl.Some(rtnl.MacvlanMACAddrAdd)},
	} {
		b := New("x")
		b.Node("a", NodeConfig{Interfaces: []InterfaceConfig{{Name: "v", Link: "w", Options: o}}})
		if _, err := b.File(); err == nil || !strings.Contains(err.Error(), "options that a lab file has no keys for") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
