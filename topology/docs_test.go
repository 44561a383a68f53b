package topology

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// docSections are the headings of docs/lab-file.md under which the keys of a
// section are described, in a table whose rows begin with the key.
var docSections = map[string]string{
	secLab:       "## The lab",
	secNode:      "## Nodes",
	secBridge:    "## Bridges",
	secOneOf:     "## Bridges",
	secLink:      "## Links",
	secPool:      "### Subnets",
	secEnd:       "## Links",
	secInterface: "## Interfaces",
	secFile:      "## Nodes",
	secPort:      "### Ports",
	secPortVLAN:  "### VLANs of ports",
	secImpair:    "### Impairments",
	secDefaults:  "## Inheritance",
	secTemplate:  "## Nodes",
	secLinkBase:  "## Links",

	secExtras: "### Routers with FRR",
	secFRR:    "### Routers with FRR",

	secProcess:     "### Processes",
	secHealthcheck: "### Processes",
}

func readDocs(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../docs/lab-file.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// docExamples returns the labs of the page.
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
		of, _, _ := strings.Cut(section, " ") // not the kind
		head, ok := docSections[of]
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
			where := part
			if k.typ == typeLater {
				row, where = "`"+k.name+"`", page // what is inherited too is said once
			}
			if of == secInterface && k.option != nil {
				continue // of a bridge, and described there
			}
			if !strings.Contains(where, row) && k.name != "mgmt" {
				t.Errorf("%q does not describe %q", head, k.name)
			}
			if k.doc == "" {
				t.Errorf("no doc of %q in section %q", k.name, section)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_-]+)` \\|").FindAllStringSubmatch(page, -1) {
		known := false
		for section := range sections() {
			known = known || findKey(section, m[1]) != nil
		}
		if !known {
			t.Errorf("the page describes %q, which is no key", m[1])
		}
	}
}

// TestDocsExamples parses each example of the page, and finds each key in one
// of them.
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
		if strings.HasPrefix(section, secInterface+" ") {
			continue // its keys are among those of all kinds
		}
		for _, k := range keys {
			if section == secInterface && k.option != nil {
				continue // of a bridge, and in its examples
			}
			if k.typ != typeLater && !used[[2]string{section, k.name}] {
				t.Errorf("no example has %q of section %q", k.name, section)
			}
		}
	}
}

// findUses notes the keys of a mapping and of the mappings in it.
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
		case typePerEnd, typeBothOrPerEnd:
			if v.kind == yamlMapping {
				findUses(used, key.of, v)
			}
			for _, item := range v.items {
				if key.of != "" && item.kind == yamlMapping {
					findUses(used, key.of, item)
				}
			}
		case typeSubnet:
			findUses(used, secPool, v)
			for _, item := range v.items {
				findUses(used, secPool, item)
			}
		}
	}
}
