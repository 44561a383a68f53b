package iproute

import "strings"

// keywords are the words that a command of iproute2 knows, in the order in which
// 6.1 compares a word with them, separated by white space. Those that end in "*" it
// also takes abbreviated: the first that begins with a word is meant, wherever a
// later one is the word itself (matches and strcmp in lib/utils.c).
//
// A table is what its command is read with, both times: see read.
type keywords string

// find returns the keyword that a word stands for, "" for none. Only when reading
// as iproute2 does (loose) may it be abbreviated.
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

// keyword takes the next word if it is a keyword of the table, and returns that in
// full; else it takes nothing and returns "".
func (w *words) keyword(t keywords) string {
	k := t.find(w.peek(), w.loose)
	if k != "" {
		w.next()
	}
	return k
}

// keywordMust is keyword for words that are all keywords; another is taken as it is.
func (w *words) keywordMust(t keywords) string {
	if k := w.keyword(t); k != "" {
		return k
	}
	return w.next()
}

// ignored says that the last word taken is one that iproute2 knows nothing of and
// passes over. It reports whether it is passed over here too.
func (w *words) ignored() bool {
	if w.loose && w.err == nil {
		w.warn("word %d, %q: ignored", w.at+w.i-1, w.all[w.i-1])
	}
	return w.loose
}
