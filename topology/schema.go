package topology

import "encoding/json"

// Schema returns the JSON Schema (draft 2020-12) of lab files, for editors. It
// accepts every file that Parse accepts, and some that Parse refuses. In JSON
// Schema, bounds apply only to numbers and patterns only to strings, so one
// schema describes both spellings of a number.
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
	if section == secInterface {
		var kinds []any
		for i := range interfaceKinds {
			kinds = append(kinds, ref(interfaceKinds[i].section()))
		}
		return object{"anyOf": kinds}
	}
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
	endpoint := object{"anyOf": []any{scalar, ref(secEnd)}}
	pair := list(object{"anyOf": []any{object{"type": []string{"string", "null"}}, list(object{"type": "string"}, 0)}}, 2)
	switch k.typ {
	case typeBool:
		return object{"enum": wordSchema([]string{"true", "false"})}
	case typeInteger:
		return object{"type": []string{"integer", "string"}, "minimum": k.min, "maximum": k.max, "pattern": `^\+?[0-9]+$`}
	case typeDuration:
		// The only number without a unit is 0.
		return object{"type": []string{"string", "integer"}, "minimum": 0, "maximum": 0,
			"pattern": `^[-+]?((([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+|0)$`}
	case typeEnum:
		return object{"enum": wordSchema(k.words)}
	case typeStrings:
		return orNull(list(scalar, 0))
	case typeCommand:
		return object{"anyOf": []any{scalar, list(scalar, 0)}}
	case typeSettings:
		return orNull(object{"type": "object", "additionalProperties": scalar})
	case typeSection:
		return orNull(ref(k.of))
	case typeNamed:
		return orNull(object{"type": "object", "additionalProperties": orNull(ref(k.of))})
	case typeList:
		return orNull(list(ref(k.of), 0))
	case typeEndpoints:
		return list(endpoint, 2)
	case typeAtEnd:
		return pair["items"].(object)
	case typePerEnd:
		if k.of != "" {
			return list(object{"anyOf": []any{object{"type": []string{"string", "null"}, "maxLength": 0}, ref(k.of)}}, 2)
		}
		return pair
	case typeBothOrPerEnd:
		end := object{"anyOf": []any{object{"type": []string{"string", "null"}, "maxLength": 0}, ref(k.of)}}
		return object{"anyOf": []any{ref(k.of), object{"type": "null"}, list(end, 2)}}
	case typePerEndOrMode:
		return object{"anyOf": []any{object{"enum": wordSchema(k.words)}, pair}}
	case typeSubnet:
		one := object{"anyOf": []any{object{"type": "string"}, ref(secPool)}}
		return object{"anyOf": []any{one, list(one, 0)}}
	}
	s := scalar
	if k.pattern != "" {
		s["pattern"] = k.pattern
	}
	return s
}

// wordSchema returns the words, with all spellings of those that are booleans.
func wordSchema(words []string) []any {
	var all []any
	for _, w := range words {
		yes, ok := truth(w)
		if !ok {
			all = append(all, w)
			continue
		}
		all = append(all, yes)
		for _, spelling := range truths {
			if v, _ := truth(spelling); v == yes {
				all = append(all, spelling)
			}
		}
	}
	return all
}
