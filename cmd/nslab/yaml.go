package main

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"sync"

	"go.yaml.in/yaml/v4"
)

// writeYAML writes a value as YAML, with the keys of its JSON in the same
// order.
func writeYAML(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	n, err := yamlNode(d)
	if err != nil {
		return err
	}
	if b, err = yaml.Dump(n, yaml.WithLineWidth(-1)); err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// yamlNode makes a node from the next value of JSON.
func yamlNode(d *json.Decoder) (*yaml.Node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode}
		if t == '[' {
			n.Kind = yaml.SequenceNode
		}
		for d.More() { // the decoder returns keys as values
			v, err := yamlNode(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, v)
		}
		_, err := d.Token() // the closing delimiter
		return n, err
	case string:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t}
		if yaml11().MatchString(t) {
			n.Style = yaml.SingleQuotedStyle
		}
		return n, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: t.String()}, nil
	case bool:
		n := &yaml.Node{Kind: yaml.ScalarNode, Value: "false"}
		if t {
			n.Value = "true"
		}
		return n, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
}

// yaml11 matches texts that YAML 1.1 reads as booleans or numbers. The library
// quotes only those of YAML 1.2.
var yaml11 = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|=|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)$`)
})
