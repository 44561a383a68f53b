package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docSections are the headings of docs/lab-file.md under which the keys of a
// section are described, in a table whose rows begin with the key.
var docSections = map[string]string{
	secLab:      "## The lab",
	secNode:     "## Nodes",
	secBridge:   "## Bridges",
	secOneOf:    "## Bridges",
	secLink:     "## Links",
	secPool:     "### Subnets",
	secEnd:      "## Links",
	secDefaults: "## Inheritance",
	secTemplate: "## Nodes",
	secLinkBase: "## Links",
}

func readDocs(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../docs/lab-file.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// docExamples are the labs of the page.
func docExamples(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(readDocs(t), -1) {
		all = append(all, m[1])
	}
	if len(all) < 5 {
		t.Fatalf("%d examples", len(all))
	}
	return all
}

func TestDocsDescribeEachKey(t *testing.T) {
	page := readDocs(t)
	for section := range sections() {
		head, ok := docSections[section]
		if !ok {
			t.Errorf("no heading for section %q", section)
			continue
		}
		_, part, ok := strings.Cut(page, head+"\n")
		if !ok {
			t.Errorf("no heading %q", head)
			continue
		}
		part, _, _ = strings.Cut(part, "\n## ")
		for _, k := range sections()[section] {
			row := fmt.Sprintf("\n| `%s` |", k.name)
			if k.typ == typeLater {
				row = "`" + k.name + "`"
			}
			if !strings.Contains(part, row) && k.name != "mgmt" {
				t.Errorf("%q does not describe %q", head, k.name)
			}
			if k.doc == "" {
				t.Errorf("no doc of %q in section %q", k.name, section)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(page, -1) {
		known := false
		for section := range sections() {
			known = known || findKey(section, m[1]) != nil
		}
		if !known {
			t.Errorf("the page describes %q, which is no key", m[1])
		}
	}
}

// TestDocsExamples runs each example of the page, and finds each key in one.
func TestDocsExamples(t *testing.T) {
	used := make(map[[2]string]bool)
	for _, text := range docExamples(t) {
		top, err := Parse("lab-file.md", []byte(text), nil)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		checkTopology(t, top)
		root, m := composed(text)
		if root == nil {
			t.Fatal(m.err())
		}
		findUses(used, secLab, root)
	}
	for section, keys := range sections() {
		for _, k := range keys {
			if k.typ != typeLater && !used[[2]string{section, k.name}] {
				t.Errorf("no example has %q of section %q", k.name, section)
			}
		}
	}
}

// findUses notes the keys that a mapping has, and those in it.
func findUses(used map[[2]string]bool, section string, n *yamlNode) {
	for i, k := range n.keys {
		used[[2]string{section, k.text}] = true
		key := findKey(section, k.text)
		if key == nil {
			continue
		}
		v := n.items[i]
		switch key.typ {
		case typeSection:
			findUses(used, key.of, v)
		case typeNamed, typeList:
			for _, item := range v.items {
				findUses(used, key.of, item)
			}
		case typeEndpoints:
			for _, item := range v.items {
				findUses(used, secEnd, item)
			}
		case typeSubnet:
			findUses(used, secPool, v)
			for _, item := range v.items {
				findUses(used, secPool, item)
			}
		}
	}
}

// TestSchema holds the labs that Parse takes, and some that it does not, against
// the schema.
func TestSchema(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
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
		root, m := composed(text)
		if root == nil {
			t.Fatal(m.err())
		}
		if bad := violates(schema, schema, toJSON(root)); bad != "" {
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
		root, _ := composed(text)
		if violates(schema, schema, toJSON(root)) == "" {
			t.Errorf("the schema takes\n%s", text)
		}
		if _, err := Parse("x", []byte(text), nil); err == nil {
			t.Errorf("Parse takes\n%s", text)
		}
	}
}

// toJSON is a tree as encoding/json has it.
func toJSON(n *yamlNode) any {
	switch n.kind {
	case yamlNull:
		return nil
	case yamlSequence:
		all := []any{}
		for _, v := range n.items {
			all = append(all, toJSON(v))
		}
		return all
	case yamlMapping:
		m := make(map[string]any)
		for i, v := range n.items {
			m[n.keys[i].text] = toJSON(v)
		}
		return m
	}
	var v any
	if !n.quoted && json.Unmarshal([]byte(n.text), &v) == nil {
		return v
	}
	return n.text
}

// violates says how a value violates a schema of the keywords that Schema uses.
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
		return fmt.Sprintf("%v is no %v", v, types)
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
