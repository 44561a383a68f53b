package topology

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/suggest"
)

// fields are the values of a section's mapping, by key. Values of the wrong
// type are left out, because they have been reported.
type fields map[string]*yamlNode

// fields checks a mapping against the keys of a section. An empty value, as in
// "h1:", is an empty mapping.
func (m *Mistakes) fields(n *yamlNode, section string) fields {
	if n == nil || n.kind == yamlNull {
		return nil
	}
	if n.kind != yamlMapping {
		m.Add(n.at, n.colonHint(isKey(section)), "%s is a mapping, not %s", sectionWord(section), n.kind)
		return nil
	}
	f := make(fields, len(n.keys))
	for i, k := range n.keys {
		key := findKey(section, k.text)
		if key == nil {
			m.unknownKey(k, section)
			continue
		}
		if m.check(k, key, n.items[i]) {
			f[k.text] = n.items[i]
		}
	}
	return f
}

func findKey(section, name string) *key {
	keys := sections()[section]
	if i := slices.IndexFunc(keys, func(k key) bool { return k.name == name }); i >= 0 {
		return &keys[i]
	}
	return nil
}

// keyNames yields the keys of a section that are not reserved for later.
func keyNames(section string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, k := range sections()[section] {
			if k.typ != typeLater && !yield(k.name) {
				return
			}
		}
	}
}

func (m *Mistakes) unknownKey(k *yamlNode, section string) {
	if m.Full() {
		return
	}
	hint := colonHint(k.text, isKey(section))
	if hint == "" {
		hint = otherKindsKey(k.text, section)
	}
	if hint == "" {
		hint = didYouMean(k.text, keyNames(section))
	}
	if hint == "" {
		hint = fmt.Sprintf("the keys of %s are %s", sectionWord(section), strings.Join(slices.Collect(keyNames(section)), ", "))
	}
	m.Add(k.at, hint, "unknown key %q", plain.Clip(k.text))
}

// check reports whether a value has its key's type.
func (m *Mistakes) check(k *yamlNode, key *key, v *yamlNode) bool {
	switch key.typ {
	case typeLater:
		m.Add(k.at, "", "key %q: %s", key.name, key.doc)
		return false
	case typeSection:
		return m.mapping(key.name, v, isKey(key.of))
	case typeNamed, typeSettings:
		if !m.mapping(key.name, v, nil) {
			return false
		}
		for i, item := range v.items {
			if key.typ == typeSettings && item.kind != yamlScalar {
				m.noSetting(v.keys[i], item)
			}
		}
		return true
	case typeList:
		return m.kindOf(key.name, v, yamlSequence, yamlNull)
	case typeStrings:
		return m.checkStrings(key.name, v)
	case typeCommand:
		return m.checkCommand(key.name, v)
	case typeEndpoints, typePerEnd:
		return m.checkPair(key, v)
	case typeAtEnd:
		return m.checkAtEnd(key.name, v)
	case typeBothOrPerEnd:
		if v.kind == yamlSequence {
			return m.checkPair(key, v)
		}
		return m.mapping(key.name, v, isKey(key.of))
	case typePerEndOrMode:
		return v.kind == yamlScalar && m.checkWord(key, v) || v.kind != yamlScalar && m.checkPair(key, v)
	case typeSubnet:
		return m.kindOf(key.name, v, yamlScalar, yamlMapping, yamlSequence)
	}
	if !m.kindOf(key.name, v, yamlScalar) {
		return false
	}
	switch key.typ {
	case typeBool:
		_, ok := truth(v.text)
		if !ok {
			m.Add(v.at, "write true or false", "%s is %q", key.name, plain.Clip(v.text))
		}
		return ok
	case typeInteger:
		return m.checkInteger(key, v)
	case typeDuration:
		return m.checkDuration(key, v)
	case typeEnum:
		return m.checkWord(key, v)
	}
	return true
}

// noSetting reports a setting whose value is not a single value.
func (m *Mistakes) noSetting(k, v *yamlNode) {
	if v.kind == yamlNull {
		m.Add(k.at, colonHint(k.text, nil), "%s has no value", plain.Clip(k.text))
		return
	}
	m.kindOf(k.text, v, yamlScalar)
}

// mapping reports whether a value is a mapping or empty. known reports which
// keys it may have; nil allows any.
func (m *Mistakes) mapping(name string, v *yamlNode, known func(key string) bool) bool {
	if hint := v.colonHint(known); hint != "" {
		m.Add(v.at, hint, "%s is %s, not %s", plain.Clip(name), yamlMapping, v.kind)
		return false
	}
	return m.kindOf(name, v, yamlMapping, yamlNull)
}

// colonHint is colonHint for the text of a value that should be a mapping.
func (n *yamlNode) colonHint(known func(key string) bool) string {
	if n.kind != yamlScalar || n.quoted {
		return ""
	}
	return colonHint(n.text, known)
}

// kindOf reports whether a value is of one of the wanted kinds.
func (m *Mistakes) kindOf(name string, v *yamlNode, want ...yamlKind) bool {
	if slices.Contains(want, v.kind) {
		return true
	}
	m.Add(v.at, "", "%s is %s, not %s", plain.Clip(name), want[0], v.kind)
	return false
}

func (m *Mistakes) checkStrings(name string, v *yamlNode) bool {
	if v.kind == yamlScalar {
		m.Add(v.at, fmt.Sprintf("write [%s]", plain.Clip(v.text)), "%s is a list", plain.Clip(name))
		return false
	}
	if !m.kindOf(name, v, yamlSequence, yamlNull) {
		return false
	}
	ok := true
	for _, item := range v.items {
		if item.kind == yamlMapping {
			m.Add(item.at, `quote a text that ends in ":" or contains ": "`, "an entry of %s is a single value, not a mapping", plain.Clip(name))
			ok = false
			continue
		}
		ok = m.kindOf("an entry of "+name, item, yamlScalar) && ok
	}
	return ok
}

// checkCommand checks a text or a list of words.
func (m *Mistakes) checkCommand(name string, v *yamlNode) bool {
	if v.kind == yamlSequence {
		return m.checkStrings(name, v)
	}
	return m.kindOf(name, v, yamlScalar, yamlSequence)
}

// checkPair checks a list with an entry for each end of a link.
func (m *Mistakes) checkPair(key *key, v *yamlNode) bool {
	if !m.kindOf(key.name, v, yamlSequence) {
		return false
	}
	if len(v.items) != 2 {
		hint := `an entry for each end, "" for none`
		if key.typ == typeEndpoints {
			hint = "a link has two ends"
		}
		m.Add(v.at, hint, "%s has %d entries, not 2", key.name, len(v.items))
		return false
	}
	ok := true
	for _, item := range v.items {
		if key.typ == typeEndpoints {
			ok = m.checkEndpoint(item) && ok
			continue
		}
		if key.of != "" && !(item.kind == yamlScalar && item.text == "") {
			ok = m.kindOf("an entry of "+key.name, item, yamlMapping, yamlNull) && ok
			continue
		}
		ok = m.checkAtEnd("an entry of "+key.name, item) && ok
	}
	return ok
}

// checkEndpoint checks that an endpoint is NODE:IFACE, or a mapping that
// longEndpoint reads.
func (m *Mistakes) checkEndpoint(v *yamlNode) bool {
	if v.kind != yamlMapping || mentions(v, "node") {
		return v.kind == yamlMapping || m.kindOf("an entry of endpoints", v, yamlScalar)
	}
	hint := `write "NODE:IFACE", in quotes if it ends in ":" or contains ": ", or {node: NODE, interface: IFACE}`
	for _, k := range v.keys {
		if colon := colonHint(k.text, isKey(secEnd)); colon != "" {
			hint = colon
			break
		}
	}
	m.Add(v.at, hint, "an endpoint without node")
	return false
}

// checkAtEnd checks what is given for an end: a value, a list of values, or
// nothing.
func (m *Mistakes) checkAtEnd(name string, v *yamlNode) bool {
	if v.kind == yamlSequence {
		return m.checkStrings(name, v)
	}
	return m.kindOf(name, v, yamlScalar, yamlNull)
}

func (m *Mistakes) checkWord(key *key, v *yamlNode) bool {
	if slices.Contains(key.words, word(key, v.text)) {
		return true
	}
	hint := didYouMean(v.text, slices.Values(key.words))
	if hint == "" {
		hint = "write " + orWords(key.words)
	}
	m.Add(v.at, hint, "%s is %q", key.name, plain.Clip(v.text))
	return false
}

// word returns a value of typeEnum as the table spells it: programs that write
// YAML 1.1 turn on into true, and people write either.
func word(key *key, text string) string {
	if b, ok := truth(text); ok {
		for _, w := range key.words {
			if v, ok := truth(w); ok && v == b {
				return w
			}
		}
	}
	return text
}

// truths are the spellings of a boolean.
var truths = []string{"true", "True", "TRUE", "on", "On", "ON", "false", "False", "FALSE", "off", "Off", "OFF"}

// truth reads a boolean.
func truth(text string) (value, ok bool) {
	i := slices.Index(truths, text)
	return i >= 0 && i < len(truths)/2, i >= 0
}

func orWords(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func (m *Mistakes) checkInteger(key *key, v *yamlNode) bool {
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err == nil && n >= key.min && n <= key.max {
		return true
	}
	m.Add(v.at, "", "%s is %q; use a number from %d to %d", key.name, plain.Clip(v.text), key.min, key.max)
	return false
}

func (m *Mistakes) checkDuration(key *key, v *yamlNode) bool {
	d, err := time.ParseDuration(v.text)
	switch {
	case err != nil:
		hint := "write a number and a unit, such as 15s or 500ms"
		if n, err := strconv.ParseUint(v.text, 10, 32); err == nil {
			hint = fmt.Sprintf("write %ds for seconds", n)
		}
		m.Add(v.at, hint, "%s is %q, not a time", key.name, plain.Clip(v.text))
	case int64(d) < key.min || int64(d) > key.max:
		m.Add(v.at, "", "%s is %s; use %s to %s", key.name, d, time.Duration(key.min), time.Duration(key.max))
	default:
		return true
	}
	return false
}

// number returns a value that checkInteger, checkDuration or truth has
// accepted.
func number(key *key, v *yamlNode) int64 {
	switch key.typ {
	case typeBool:
		if b, _ := truth(v.text); b {
			return 1
		}
		return 0
	case typeDuration:
		d, _ := time.ParseDuration(v.text)
		return int64(d)
	case typeEnum:
		return int64(key.numbers[slices.Index(key.words, v.text)])
	}
	n, _ := strconv.ParseInt(v.text, 10, 64)
	return n
}

// integer returns the number that a key has, or a default.
func (f fields) integer(name string, def int64) int64 {
	v := f[name]
	if v == nil {
		return def
	}
	n, _ := strconv.ParseInt(v.text, 10, 64)
	return n
}

// didYouMean returns `did you mean "x"?` for the candidate nearest to a word,
// or "" if none is near.
func didYouMean(word string, candidates iter.Seq[string]) string {
	near := suggest.Nearest(word, candidates)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

// mode returns a value as an IPv6 mode, and whether it is one.
func mode(v *yamlNode) (IPv6Mode, bool) {
	if v == nil || v.kind != yamlScalar {
		return IPv6Auto, false
	}
	if b, ok := truth(v.text); ok {
		if b {
			return IPv6On, true
		}
		return IPv6Off, true
	}
	return IPv6Auto, true
}
