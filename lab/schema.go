package lab

import "encoding/json"

// Schema returns the JSON Schema (draft 2020-12) of lab files, for editors. It
// says less than Parse checks.
func Schema() []byte {
	defs := make(map[string]any)
	for name := range sections() {
		if name != secLab {
			defs[name] = sectionSchema(name)
		}
	}
	root := sectionSchema(secLab)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "nslab lab file"
	root["required"] = []string{"name", "nodes"}
	root["$defs"] = defs
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // maps of strings, numbers and lists always marshal
	}
	return append(b, '\n')
}

type object = map[string]any

func sectionSchema(section string) object {
	props := make(object)
	for _, k := range sections()[section] {
		if k.typ != typeLater {
			s := valueSchema(&k)
			s["description"] = k.doc
			props[k.name] = s
		}
	}
	s := object{"type": "object", "properties": props, "additionalProperties": false}
	switch section {
	case secLink:
		s["required"] = []string{"endpoints"}
	case secPool:
		s["required"] = []string{"pool", "each"}
	}
	return s
}

func ref(section string) object { return object{"$ref": "#/$defs/" + section} }

func orNull(s object) object { return object{"anyOf": []any{s, object{"type": "null"}}} }

func valueSchema(k *key) object {
	scalar := object{"type": []string{"string", "number", "boolean"}}
	list := func(of object, n int) object {
		l := object{"type": "array", "items": of}
		if n > 0 {
			l["minItems"], l["maxItems"] = n, n
		}
		return l
	}
	pair := list(object{"anyOf": []any{object{"type": []string{"string", "null"}}, list(object{"type": "string"}, 0)}}, 2)
	switch k.typ {
	case typeBool:
		return object{"enum": []any{true, false, "on", "off"}}
	case typeInteger:
		return object{"type": "integer", "minimum": k.min, "maximum": k.max}
	case typeDuration:
		return object{"type": []string{"string", "integer"}, "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`}
	case typeEnum:
		return object{"enum": wordSchema(k.words)}
	case typeStrings:
		return orNull(list(scalar, 0))
	case typeSettings:
		return orNull(object{"type": "object", "additionalProperties": scalar})
	case typeSection:
		return orNull(ref(k.of))
	case typeNamed:
		return orNull(object{"type": "object", "additionalProperties": orNull(ref(k.of))})
	case typeList:
		return orNull(list(ref(k.of), 0))
	case typeEndpoints:
		return list(object{"anyOf": []any{object{"type": "string"}, ref(secEnd)}}, 2)
	case typeAtEnd:
		return pair["items"].(object)
	case typePerEnd:
		return pair
	case typePerEndOrMode:
		return object{"anyOf": []any{object{"enum": wordSchema(k.words)}, pair}}
	case typeSubnet:
		one := object{"anyOf": []any{object{"type": "string"}, ref(secPool)}}
		return object{"anyOf": []any{one, list(one, 0)}}
	}
	s := object{"type": "string"}
	if k.pattern != "" {
		s["pattern"] = k.pattern
	}
	return s
}

// wordSchema are words, with the booleans that some of them are to YAML.
func wordSchema(words []string) []any {
	var all []any
	for _, w := range words {
		b, ok := truth(w)
		if ok {
			all = append(all, b)
		}
		if w != "true" && w != "false" {
			all = append(all, w)
		}
	}
	return all
}
