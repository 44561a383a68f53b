package iproute

import "strings"

// keywords are the words that a command of iproute2 knows, separated by white
// space, in the order in which version 6.1 compares a word with them. A keyword
// that ends in "*" may be abbreviated. The first keyword that begins with the
// word is meant, even if a later one equals it (matches and strcmp in
// lib/utils.c).
//
// The same table serves both readings of a command line: see read.
type keywords string

// find returns the keyword that a word stands for, "" for none. An abbreviation
// counts only when reading as iproute2 does (loose).
func (t keywords) find(word string, loose bool) string {
	if word == "" {
		return ""
	}
	for k := range strings.FieldsSeq(string(t)) {
		name, abbreviates := strings.CutSuffix(k, "*")
		if name == word || loose && abbreviates && strings.HasPrefix(name, word) {
			return name
		}
	}
	return ""
}

// keyword takes the next word if it is a keyword of the table, and returns the
// keyword in full. Otherwise it takes nothing and returns "".
func (w *words) keyword(t keywords) string {
	k := t.find(w.peek(), w.loose)
	if k != "" {
		w.next()
	}
	return k
}

// keywordMust does what keyword does, but also takes a word that is no keyword,
// and returns it unchanged.
func (w *words) keywordMust(t keywords) string {
	if k := w.keyword(t); k != "" {
		return k
	}
	return w.next()
}

// ignored says that iproute2 ignores the last word taken. It reports whether
// the word is ignored in this reading, too.
func (w *words) ignored() bool {
	if w.loose && w.err == nil {
		w.warn("word %d, %q: ignored", w.at+w.i-1, w.all[w.i-1])
	}
	return w.loose
}
