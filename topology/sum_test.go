package topology

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// full is a lab whose topology has no field that is empty everywhere.
const full = `
name: t
hosts: off
groups: {g: {env: {A: b}, dns: [192.0.2.1]}}
nodes:
  a:
    kind: router
    group: g
    ipv6: true
    addresses: [192.0.2.9/32]
    routes: ["default via 10.0.0.2"]
    sysctls: {net.ipv4.ip_default_ttl: 77}
    interfaces:
      v: {kind: vlan, link: e0, id: 7, mtu: 1300, addresses: [10.0.7.1/24]}
      m: {kind: macvlan, link: e0, mode: bridge}
      vx: {kind: vxlan, id: 5}
      br: {kind: bridge, ports: [vx]}
      blue: {kind: vrf, table: 10, members: [v]}
    exec: ["true"]
    binds: ["a:/b:ro"]
    tmpfs: {/t: "mode=700,uid=1,gid=2,exec,size=1m"}
    overlay: [/o]
    files: {/f: {content: x, owner: o}, /g: {template: y}}
    env-files: [e]
    user: u
    working_dir: /w
    hostname: n
    memory: 5mb
    cpu: 0.5
    pids: 7
    startup-delay: 1s
    wait-for: [f/zebra]
    processes: {p: {cmd: "sleep 1", env: {C: d}, restart-policy: "on-failure:3", healthcheck: {test: "true"}}}
  f: {kind: frr, startup-config: "!\n!\n"}
  sw: {kind: bridge, bridge: {mac: "02:00:00:00:00:01", mtu: 1400, stp: true, addresses: [10.0.0.2/24]}}
links: [{endpoints: ["a:e0", "sw:p1"], mtu: 1400, queues: 2, ipv4: ["10.0.0.1/24", ""], port: ["", {isolated: on}], vlan: ["", {access: 7}],
  impair: {delay: 3ms, jitter: 1ms, loss: gemodel 1%, slot: 1ms}}]
`

// Check notices a change of any value of a topology, until it is changed back.
func TestTopologyChanged(t *testing.T) {
	top := mustParse(t, full)
	top.Links[0].Ends[0].Impair.Distribution = []int16{1, -2} // those of a file have thousands of values
	top.done()
	filled := make(map[string]bool)
	fill(reflect.ValueOf(top), filled)
	for field, is := range filled {
		if !is {
			t.Errorf("%s is empty everywhere: give it a value in the lab", field)
		}
	}
	eachValue(t, reflect.ValueOf(top).Elem(), "Topology", func(at string, change, restore func()) {
		change()
		if err := top.Check(); !errors.Is(err, ErrNotParsed) {
			t.Errorf("%s: %v", at, err)
		}
		restore()
	})
	if err := top.Check(); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// fill notes of each exported field of the package's types at or below v
// whether a value there is not empty. Options of links are of another package.
func fill(v reflect.Value, filled map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			fill(v.Elem(), filled)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), filled)
		}
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[Topology]().PkgPath() {
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				name := v.Type().Name() + "." + field.Name
				filled[name] = filled[name] || !v.Field(i).IsZero()
				fill(v.Field(i), filled)
			}
		}
	}
}

// eachValue calls f for each exported value at or below v, with functions that
// change it and restore it.
func eachValue(t *testing.T, v reflect.Value, at string, f func(at string, change, restore func())) {
	t.Helper()
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	restore := func() { v.Set(was) }
	to := func(value any) {
		f(at, func() { v.Set(reflect.ValueOf(value).Convert(v.Type())) }, restore)
	}
	switch x := v.Interface().(type) {
	case netip.Addr:
		to(x.Next())
		return
	case netip.Prefix:
		to(netip.PrefixFrom(x.Addr(), x.Bits()-1))
		to(netip.PrefixFrom(x.Addr().Next(), x.Bits()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		isOpt := strings.HasPrefix(v.Type().Name(), "Opt[")
		for i := range v.NumField() {
			field, value := v.Type().Field(i), v.Field(i)
			if isOpt {
				value = reflect.NewAt(value.Type(), value.Addr().UnsafePointer()).Elem() // as if it were exported
			}
			if isOpt && (field.Name == "set" || v.FieldByName("set").Bool()) || field.IsExported() && field.Name != "Path" {
				eachValue(t, value, at+"."+field.Name, f)
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			f(at+" nil", v.SetZero, restore)
			eachValue(t, v.Elem().Elem(), at, f)
		}
	case reflect.Pointer:
		empty := func() { v.Set(reflect.New(v.Type().Elem())) }
		if v.IsNil() {
			f(at+" empty", empty, restore)
			return
		}
		f(at+" nil", v.SetZero, restore)
		if !v.Elem().IsZero() {
			f(at+" empty", empty, restore)
		}
		eachValue(t, v.Elem(), at, f)
	case reflect.Array, reflect.Slice:
		if v.Kind() == reflect.Slice {
			f(at+" more", func() { v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem()))) }, restore)
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
	default:
		switch {
		case v.CanInt():
			to(v.Int() + 1)
		case v.CanUint():
			to(v.Uint() + 1)
		default:
			t.Errorf("%s is of kind %v", at, v.Kind())
		}
	}
}
