package topology

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestSchema tries the schema on labs that Parse accepts, and on some that it
// refuses.
func TestSchema(t *testing.T) {
	schema := readSchema(t)
	texts := docExamples(t)
	for _, pattern := range []string{"../examples/*.yaml", "testdata/golden/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(b))
		}
	}
	for _, text := range texts {
		if bad := violates(schema, schema, asJSON(t, text)); bad != "" {
			t.Errorf("%s\n%s", bad, text)
		}
	}
	for _, text := range []string{
		"name: x\n",
		"name: X\nnodes: {}\n",
		"name: x\nnodes: {a: {adress: 1}}\n",
		"name: x\nnodes: {a: {count: 0}}\n",
		"name: x\nnodes: {a: {bridge: {forward_delay: soon}}}\n",
		"name: x\nnodes: {a: {}}\nlinks: [{mtu: 1500}]\n",
		"name: x\nnodes: {a: {}}\nlinks: [{endpoints: [a]}]\n",
		"name: x\nnodes: {a: {}}\nlinks: [{endpoints: [a, b], subnet: {pool: 10.0.0.0/8}}]\n",
		"name: x\nipv6: maybe\nnodes: {a: {}}\n",
	} {
		if violates(schema, schema, asJSON(t, text)) == "" {
			t.Errorf("the schema takes\n%s", text)
		}
		if _, err := Parse("x", []byte(text), nil); err == nil {
			t.Errorf("Parse takes\n%s", text)
		}
	}
}

// schemaValues are values of keys, in each of their spellings, and whether
// Parse and the schema accept them. A key of a node is written alone; others
// are within braces.
var schemaValues = []struct {
	key    string
	values string // separated by spaces
	taken  bool
}{
	{"name", `x 5 007 "5" true`, true},
	{"name", `X "" [x] {x: y} ~`, false},
	{"prefix", `"" x- 5 true`, true},
	{"hosts", `true True TRUE on On ON "on" "true" false off etc`, true},
	{"hosts", `yes no 1 "" [on] ~`, false},
	{"ipv6", `auto on ON true "true" off False`, true},
	{"ipv6", `yes Auto 0 ~`, false},
	{"node count", `3 "3" '3' +3 "+3" 003`, true},
	{"node count", `0 -1 "0x3" 3.5 "3.0" three "" 100001 [3] ~`, false},
	{"node kind", `host "router"`, true},
	{"node kind", `[host] ~`, false},
	{"node env", `{A: 1} {A: true} {A: "x"} {A: 1.5} {} ~`, true},
	{"node env", `{A: [1]} {A: } [A] A`, false},
	{"node exec", `[true] [1] ["x"] [] ~`, true},
	{"node exec", `true [[x]] [~]`, false},
	{"bridge stp", `true on "on" "off" False`, true},
	{"bridge stp", `1 yes "" ~`, false},
	{"bridge forward_delay", `.5s 0 "0" 0s 1.5s 1m30s "500ms" 5.s 100us 3µs +2s 1h`, true},
	{"bridge forward_delay", `5 soon s 5S "" . .s 1 ~ [1s]`, false},
	{"bridge priority", `"32768" 0 65535`, true},
	{"bridge priority", `-1 65536 high`, false},
	{"link mtu", `1500 "1500"`, true},
	{"link mtu", `big 67 "1e3" ~`, false},
	{"link ipv6", `on "off" ON [~, ~] ["", "fd00::1/64"] [[fd00::1/64, fd00::2/64], ""]`, true},
	{"link endpoints", `[1:e, b:f] ["a:e", {node: b, interface: e}] [{node: a, interface: 5}, {node: "b", interface: "e"}]`, true},
	{"link endpoints", `[a:e] [a:e, ~] a:e`, false},
	{"link type", `veth "veth"`, true},
	{"link type", `tun ~`, false},
}

// Parse and the schema accept the same spellings of values. Editors read YAML's
// numbers and booleans as such, and quoted ones as strings.
func TestSchemaValues(t *testing.T) {
	schema := readSchema(t)
	for _, tt := range schemaValues {
		for value := range splitValues(tt.values) {
			text := fileWith(tt.key, value)
			_, err := Parse("x", []byte(text), nil)
			bad := violates(schema, schema, asJSON(t, text))
			if (err == nil) != tt.taken || (bad == "") != tt.taken {
				t.Errorf("%s: %s: taken is to be %v; Parse: %v; schema: %s", tt.key, value, tt.taken, err, bad)
			}
		}
	}
}

// splitValues splits values at spaces that are not within brackets or quotes.
func splitValues(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		depth, quoted, start := 0, false, 0
		for i, r := range s + " " {
			switch {
			case r == '"' || r == '\'':
				quoted = !quoted
			case strings.ContainsRune("[{", r):
				depth++
			case strings.ContainsRune("]}", r):
				depth--
			case r == ' ' && depth == 0 && !quoted:
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
	}
}

// fileWith returns a lab file with a value for a key.
func fileWith(key, value string) string {
	where, name, inside := strings.Cut(key, " ")
	if !inside {
		where, name = "", key
	}
	line := name + ": " + value
	file := map[string]string{"name": "name: x", "nodes": "nodes: {a: {}, b: {}, 1: {}}"}
	switch where {
	case "":
		file[name] = line
	case "node":
		file["nodes"] = "nodes: {a: {" + line + "}}"
	case "bridge":
		file["nodes"] = "nodes: {a: {kind: bridge, bridge: {" + line + "}}}"
	case "link":
		file["links"] = "links: [{endpoints: [a:e, b:f], " + line + "}]"
		if name == "endpoints" {
			file["links"] = "links: [{" + line + "}]"
		}
	}
	text := ""
	for _, k := range slices.Sorted(maps.Keys(file)) {
		text += file[k] + "\n"
	}
	return text
}

func readSchema(t *testing.T) (schema map[string]any) {
	t.Helper()
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON returns a file as an editor sees it, with YAML 1.2's numbers and
// booleans as in encoding/json.
func asJSON(t *testing.T, text string) (v any) {
	t.Helper()
	err := yaml.Unmarshal([]byte(text), &v)
	b := []byte(nil)
	if err == nil {
		b, err = json.Marshal(withStringKeys(v))
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return v
}

// withStringKeys turns the keys of mappings into strings, as in JSON.
func withStringKeys(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withStringKeys(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withStringKeys(v[k])
		}
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, item := range v {
			m[fmt.Sprint(k)] = withStringKeys(item)
		}
		return m
	}
	return v
}

// violates says how a value violates a schema. It knows the keywords that
// Schema uses.
func violates(root, schema map[string]any, v any) string {
	if ref, ok := schema["$ref"].(string); ok {
		def := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")]
		return violates(root, def.(map[string]any), v)
	}
	if alternatives, ok := schema["anyOf"].([]any); ok {
		var all []string
		for _, s := range alternatives {
			bad := violates(root, s.(map[string]any), v)
			if bad == "" {
				return ""
			}
			all = append(all, bad)
		}
		return strings.Join(all, "; ")
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.ContainsFunc(enum, func(e any) bool { return e == v }) {
		return fmt.Sprintf("%v is none of %v", v, enum)
	}
	types, ok := schema["type"].([]any)
	if one, isOne := schema["type"].(string); isOne {
		types, ok = []any{one}, true
	}
	if ok && !slices.ContainsFunc(types, func(t any) bool { return isType(t.(string), v) }) {
		return fmt.Sprintf("%v is not a %v", v, types)
	}
	switch v := v.(type) {
	case string:
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			return fmt.Sprintf("%q is not %s", v, p)
		}
	case float64:
		if min, ok := schema["minimum"].(float64); ok && v < min {
			return fmt.Sprintf("%v is less than %v", v, min)
		}
		if max, ok := schema["maximum"].(float64); ok && v > max {
			return fmt.Sprintf("%v is more than %v", v, max)
		}
	case []any:
		if n, ok := schema["minItems"].(float64); ok && float64(len(v)) != n {
			return fmt.Sprintf("%d items", len(v))
		}
		if items, ok := schema["items"].(map[string]any); ok {
			for _, item := range v {
				if bad := violates(root, items, item); bad != "" {
					return bad
				}
			}
		}
	case map[string]any:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Sprintf("no %v", name)
			}
		}
		props, _ := schema["properties"].(map[string]any)
		for name, item := range v {
			s, ok := props[name].(map[string]any)
			if !ok {
				if s, ok = schema["additionalProperties"].(map[string]any); !ok {
					return fmt.Sprintf("unknown %q", name)
				}
			}
			if bad := violates(root, s, item); bad != "" {
				return name + ": " + bad
			}
		}
	}
	return ""
}

func isType(name string, v any) bool {
	switch v := v.(type) {
	case nil:
		return name == "null"
	case string:
		return name == "string"
	case bool:
		return name == "boolean"
	case float64:
		return name == "number" || name == "integer" && v == float64(int64(v))
	case []any:
		return name == "array"
	}
	return name == "object"
}
