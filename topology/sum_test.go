package topology

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// full is a lab whose topology has no empty field in nodes, bridges and links.
const full = `
name: t
groups: {g: {env: {A: b}, dns: [192.0.2.1]}}
nodes:
  a: {kind: router, group: g, addresses: [192.0.2.9/32], routes: ["default via 10.0.0.2"], exec: ["true"], binds: ["a:/b:ro"], tmpfs: {/t: "mode=700,uid=1,gid=2,exec,size=1m"}, files: {/f: {content: x, owner: o}, /g: {template: y}}, env-files: [e], user: u, working_dir: /w, hostname: n, memory: 5mb, cpu: 0.5, pids: 7, sysctls: {net.ipv4.ip_default_ttl: 77}, ipv6: true}
  sw: {kind: bridge, bridge: {mac: "02:00:00:00:00:01", mtu: 1400, stp: true, addresses: [10.0.0.2/24]}}
links: [{endpoints: ["a:e0", "sw:p1"], mtu: 1400, queues: 2, ipv4: ["10.0.0.1/24", ""], port: ["", {isolated: on}]}]
`

// Check notices a change of any value of a topology, until it is changed back.
func TestTopologyChanged(t *testing.T) {
	top := mustParse(t, full)
	tried := 0
	eachValue(t, reflect.ValueOf(top).Elem(), "Topology", func(at string, change, restore func()) {
		tried++
		change()
		if err := top.Check(); !errors.Is(err, ErrNotParsed) {
			t.Errorf("%s: %v", at, err)
		}
		restore()
	})
	if tried < 70 {
		t.Errorf("only %d values were changed", tried)
	}
	if err := top.Check(); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// eachValue calls f for each exported value below v, with functions that change
// it and restore it. An Opt, whose fields are not exported, counts as one
// value.
func eachValue(t *testing.T, v reflect.Value, at string, f func(at string, change, restore func())) {
	t.Helper()
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	to := func(value any) {
		f(at, func() { v.Set(reflect.ValueOf(value).Convert(v.Type())) }, func() { v.Set(was) })
	}
	switch x := v.Interface().(type) {
	case netip.Addr:
		to(x.Next())
		return
	case netip.Prefix:
		to(netip.PrefixFrom(x.Addr(), x.Bits()-1))
		to(netip.PrefixFrom(x.Addr().Next(), x.Bits()))
		return
	case rtnl.Bridge:
		x.HelloTime = rtnl.Some(x.HelloTime.Or(0) + 1)
		to(x)
		return
	case bridge.PortOptions:
		x.Hairpin = rtnl.Some(!x.Hairpin.Or(false))
		to(x)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() || field.Name == "Path" {
				continue
			}
			eachValue(t, v.Field(i), at+"."+field.Name, f)
		}
	case reflect.Pointer:
		if v.IsNil() {
			f(at+" empty", func() { v.Set(reflect.New(v.Type().Elem())) }, func() { v.Set(was) })
			return
		}
		f(at+" nil", func() { v.SetZero() }, func() { v.Set(was) })
		if !v.Elem().IsZero() {
			f(at+" empty", func() { v.Set(reflect.New(v.Type().Elem())) }, func() { v.Set(was) })
		}
		eachValue(t, v.Elem(), at, f)
	case reflect.Array, reflect.Slice:
		if v.Kind() == reflect.Slice {
			f(at+" more", func() { v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem()))) }, func() { v.Set(was) })
		}
		for i := range v.Len() {
			if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && i > 0 {
				break
			}
			eachValue(t, v.Index(i), fmt.Sprintf("%s[%d]", at, i), f)
		}
	case reflect.String:
		to(v.String() + "x")
	case reflect.Bool:
		to(!v.Bool())
	case reflect.Int, reflect.Int32, reflect.Int64:
		to(v.Int() + 1)
	case reflect.Uint8, reflect.Uint32:
		to(v.Uint() + 1)
	default:
		t.Errorf("%s is of kind %v", at, v.Kind())
	}
}
