package labtest

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The forms that a model is written in: a mapping, a list, or a text.
type (
	yamlMap []yamlPair
	yamlSeq []any
	// yamlText is a text that is quoted if YAML would read something else.
	yamlText string
	// yamlWord is written unchanged.
	yamlWord string
)

type yamlPair struct {
	key   string
	value any
}

func (m *yamlMap) put(key string, value any) { *m = append(*m, yamlPair{key, value}) }

// A speller writes a model in one of the possible ways.
type speller struct {
	r *rand.Rand
	b strings.Builder
}

// spell writes a lab file. Its meaning does not depend on r.
func (m *labModel) spell(r *rand.Rand) string {
	s := &speller{r: r}
	s.block(s.lab(m), 0, false)
	return s.b.String()
}

func (s *speller) one(n int) bool { return s.r.IntN(n) == 0 }

// mixed shuffles the keys of a mapping whose order has no meaning.
func (s *speller) mixed(m yamlMap) yamlMap {
	s.r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	return m
}

func (s *speller) mode(mode string) yamlWord {
	if w := map[string]string{"on": "true", "off": "false"}[mode]; w != "" && s.one(3) {
		return yamlWord(w)
	}
	return yamlWord(mode)
}

func (s *speller) truth(on bool) yamlWord {
	if on {
		return yamlWord([]string{"true", "on", "True", "ON"}[s.r.IntN(4)])
	}
	return yamlWord([]string{"false", "off", "False", "OFF"}[s.r.IntN(4)])
}

func number(n int) yamlWord { return yamlWord(strconv.Itoa(n)) }

func (s *speller) lab(m *labModel) yamlMap {
	top := yamlMap{{"name", yamlText(m.name)}}
	if m.prefix != nil {
		top.put("prefix", yamlText(*m.prefix))
	}
	if m.ipv6 != "" {
		top.put("ipv6", s.mode(m.ipv6))
	}
	if m.hosts != "" {
		top.put("hosts", yamlWord(m.hosts))
	}
	d := s.template(&m.defaults)
	if m.mtu != 0 {
		d.put("mtu", number(m.mtu))
	}
	if m.queues != 0 {
		d.put("queues", number(m.queues))
	}
	if t := s.template(&m.nodeBase); len(t) > 0 {
		d.put("nodes", t)
	}
	var l yamlMap
	if m.linkIPv6 != "" {
		l.put("ipv6", s.mode(m.linkIPv6))
	}
	if m.linkMTU != 0 {
		l.put("mtu", number(m.linkMTU))
	}
	if m.linkQueues != 0 {
		l.put("queues", number(m.linkQueues))
	}
	if len(l) > 0 {
		d.put("links", s.mixed(l))
	}
	if len(d) > 0 {
		top.put("defaults", s.mixed(d))
	}
	var kinds, groups yamlMap
	for _, name := range sortedKeys(m.kinds) {
		kinds.put(string(s.kind(name)), s.template(m.kinds[name]))
	}
	for _, name := range sortedKeys(m.groups) {
		groups.put(name, s.template(m.groups[name]))
	}
	if len(kinds) > 0 {
		top.put("kinds", kinds)
	}
	if len(groups) > 0 {
		top.put("groups", groups)
	}
	var nodes yamlMap
	for _, n := range m.nodes {
		t := s.template(&n.template)
		if n.count != 0 {
			t.put("count", number(n.count))
		}
		nodes.put(n.name, s.mixed(t))
	}
	top.put("nodes", nodes)
	var links yamlSeq
	for _, l := range m.links {
		links = append(links, s.link(l))
	}
	if len(links) > 0 {
		top.put("links", links)
	}
	return top
}

func (s *speller) kind(kind string) yamlWord {
	if kind == "host" && s.one(2) {
		return "linux"
	}
	return yamlWord(kind)
}

func (s *speller) template(t *template) yamlMap {
	var m yamlMap
	if t.kind != "" {
		m.put("kind", s.kind(t.kind))
	}
	if t.group != "" {
		m.put("group", yamlText(t.group))
	}
	if t.ipv6 != "" {
		m.put("ipv6", s.mode(t.ipv6))
	}
	if len(t.addresses) > 0 {
		m.put("addresses", texts(t.addresses))
	}
	var routes yamlSeq
	for i := range t.routes {
		routes = append(routes, yamlText(t.routes[i].words()))
	}
	if len(routes) > 0 {
		m.put("routes", routes)
	}
	var set yamlMap
	for _, path := range sortedKeys(t.sysctls) {
		set.put(s.sysctl(path), yamlText(t.sysctls[path]))
	}
	if len(set) > 0 {
		m.put("sysctls", s.mixed(set))
	}
	if t.bridge != nil {
		b := s.bridge(t.bridge)
		if t.bridge.name != "" {
			b.put("name", yamlText(t.bridge.name))
		}
		m.put("bridge", s.mixed(b))
	}
	if len(t.ifaces) > 0 {
		m.put("interfaces", s.ifaces(t.ifaces))
	}
	var several yamlMap
	for _, b := range t.bridges {
		several.put(b.name, s.mixed(s.bridge(b)))
	}
	if len(several) > 0 {
		m.put("bridges", several)
	}
	return s.mixed(m)
}

// sysctl writes a setting's name in one of the two ways of sysctl(8).
func (s *speller) sysctl(path string) string {
	if s.one(3) {
		return path
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '/':
			return '.'
		case '.':
			return '/'
		}
		return r
	}, path)
}

func (s *speller) bridge(b *bridgeModel) yamlMap {
	var m yamlMap
	if b.mac != "" {
		m.put("mac", yamlText(b.mac))
	}
	if b.mtu != 0 {
		m.put("mtu", number(b.mtu))
	}
	if len(b.addresses) > 0 {
		m.put("addresses", texts(b.addresses))
	}
	for _, name := range sortedKeys(b.options) {
		v := b.options[name]
		switch o := bridgeOptions[name]; {
		case o.time:
			d := time.Duration(v) * 10 * time.Millisecond
			word := d.String()
			if v == 0 {
				word = "0s"
			} else if s.one(3) {
				word = fmt.Sprintf("%dms", d.Milliseconds())
			}
			m.put(name, yamlWord(word))
		case o.truth:
			m.put(name, s.truth(v == 1))
		default:
			m.put(name, number(v))
		}
	}
	return m
}

func (s *speller) link(l *linkModel) yamlMap {
	var ends yamlSeq
	for _, e := range l.ends {
		text := e.node
		if e.bridge != "" {
			text += "/" + e.bridge
		}
		if e.iface != "" {
			text += ":" + e.iface
		}
		ends = append(ends, yamlText(text))
	}
	m := yamlMap{{"endpoints", ends}}
	per := func(key string, v [2][]string) {
		if len(v[0])+len(v[1]) == 0 {
			return
		}
		var both yamlSeq
		for _, list := range v {
			switch {
			case len(list) == 0:
				both = append(both, yamlText(""))
			case len(list) == 1 && !s.one(4):
				both = append(both, yamlText(list[0]))
			default:
				both = append(both, texts(list))
			}
		}
		m.put(key, both)
	}
	per("ipv4", l.v4)
	per("ipv6", l.v6)
	if l.ipv6 != "" {
		m.put("ipv6", s.mode(l.ipv6))
	}
	if l.mac[0]+l.mac[1] != "" {
		m.put("mac", yamlSeq{yamlText(l.mac[0]), yamlText(l.mac[1])})
	}
	if l.mtu != 0 {
		m.put("mtu", number(l.mtu))
	}
	if l.queues != 0 {
		m.put("queues", number(l.queues))
	}
	var nets yamlSeq
	for _, n := range l.subnets {
		if n.each == 0 {
			nets = append(nets, yamlText(n.prefix))
		} else {
			nets = append(nets, s.mixed(yamlMap{{"pool", yamlText(n.prefix)}, {"each", number(n.each)}}))
		}
	}
	if len(nets) == 1 && !s.one(4) {
		m.put("subnet", nets[0])
	} else if len(nets) > 0 {
		m.put("subnet", nets)
	}
	return s.mixed(m)
}

func texts(list []string) yamlSeq {
	var seq yamlSeq
	for _, v := range list {
		seq = append(seq, yamlText(v))
	}
	return seq
}

// plain matches texts that need no quotes anywhere.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./-]*$`)

// line writes a value in one line.
func (s *speller) line(v any) string {
	switch v := v.(type) {
	case yamlText:
		t := string(v)
		switch {
		case plain.MatchString(t) && !s.one(3) && !looksOther(t):
			return t
		case s.one(2):
			return "'" + t + "'"
		}
		return `"` + t + `"`
	case yamlWord:
		return string(v)
	case yamlSeq:
		var all []string
		for _, item := range v {
			all = append(all, s.line(item))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	var all []string
	for _, p := range v.(yamlMap) {
		all = append(all, s.line(yamlText(p.key))+": "+s.line(p.value))
	}
	return "{" + strings.Join(all, ", ") + "}"
}

// looksOther reports whether YAML takes a plain text for a number or a boolean.
func looksOther(t string) bool {
	_, err := strconv.ParseFloat(t, 64)
	return err == nil || strings.Contains(" true false on off null yes no ", " "+strings.ToLower(t)+" ")
}

// block writes a value on separate lines; after a dash the first line has
// begun.
func (s *speller) block(v any, indent int, begun bool) {
	pad := strings.Repeat(" ", indent)
	start := func() {
		if !begun {
			s.b.WriteString(pad)
		}
		begun = false
	}
	switch v := v.(type) {
	case yamlMap:
		for _, p := range v {
			start()
			s.b.WriteString(s.line(yamlText(p.key)) + ":")
			s.after(p.value, indent)
		}
	case yamlSeq:
		for _, item := range v {
			start()
			s.b.WriteString("-")
			if m, ok := item.(yamlMap); ok && len(m) > 0 && !s.one(3) {
				s.b.WriteString(" ")
				s.block(m, indent+2, true)
				continue
			}
			s.b.WriteString(" " + s.line(item) + "\n")
		}
	}
}

// after writes the value after a key.
func (s *speller) after(v any, indent int) {
	if s.one(12) {
		defer s.b.WriteString(strings.Repeat(" ", indent) + "# a comment\n")
	}
	switch v := v.(type) {
	case yamlMap:
		if len(v) == 0 {
			s.b.WriteString([]string{" {}\n", "\n"}[s.r.IntN(2)])
			return
		}
		if indent > 0 && s.one(3) {
			break
		}
		s.b.WriteString("\n")
		s.block(v, indent+2, false)
		return
	case yamlSeq:
		if indent > 0 && !s.one(3) {
			break
		}
		s.b.WriteString("\n")
		s.block(v, indent+2*s.r.IntN(2), false)
		return
	}
	s.b.WriteString(" " + s.line(v) + "\n")
}
