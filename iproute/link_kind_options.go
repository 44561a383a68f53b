package iproute

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// A kindOption is an option of a kind of link. A K holds the options.
type kindOption[K any] struct {
	name string
	// parse takes the words after the name.
	parse func(k *K, w *words)
	// value returns the word after the name, "" for none. It is false if the
	// option is not given.
	value func(k *K) (string, bool)
	// once names what this option sets, if a command should set that only once;
	// otherwise "".
	once string
	// single, unless "", says that iproute2 refuses a second one too: the name
	// that it has in the error, "." for an option of one word.
	single string
}

// numberOption is an option that is an unsigned number.
func numberOption[K any, T ~uint8 | ~uint16 | ~uint32](name string, bits uint, field func(*K) *rtnl.Opt[T]) kindOption[K] {
	return kindOption[K]{
		name:  name,
		parse: func(k *K, w *words) { *field(k) = rtnl.Some(T(w.number(name, 0, 1<<bits-1))) },
		value: func(k *K) (string, bool) {
			v, ok := field(k).Get()
			return strconv.FormatUint(uint64(v), 10), ok
		},
	}
}

// ticksOption is an option that is a time in hundredths of a second.
func ticksOption[K any](name string, bits uint, field func(*K) *rtnl.Opt[time.Duration]) kindOption[K] {
	limit := min(uint64(1)<<(bits-1)<<1-1, uint64((1<<63-1)/tick))
	return kindOption[K]{
		name: name,
		parse: func(k *K, w *words) {
			*field(k) = rtnl.Some(time.Duration(w.number(name+" in hundredths of a second", 0, limit)) * tick)
		},
		value: func(k *K) (string, bool) {
			v, ok := field(k).Get()
			return strconv.FormatInt(int64(v/tick), 10), ok
		},
	}
}

// onOffOption is an option that is "on" or "off".
func onOffOption[K any](name string, field func(*K) *rtnl.Opt[bool]) kindOption[K] {
	return kindOption[K]{
		name:  name,
		parse: func(k *K, w *words) { *field(k) = rtnl.Some(w.parseOnOff(name) == 1) },
		value: func(k *K) (string, bool) {
			v, ok := field(k).Get()
			return onOffWord(v), ok
		},
	}
}

// parseOptions takes options up to the end of the command. keys has them in the
// order in which iproute2 looks for a match. what is for errors, such as "an
// option of a bridge", and unknown is iproute2's format for a word that is no
// option.
func parseOptions[K any](w *words, what, unknown string, keys keywords, options []kindOption[K]) *K {
	k := new(K)
	var given []string
	for w.more() {
		word := w.keyword(keys)
		i := slices.IndexFunc(options, func(o kindOption[K]) bool { return o.name == word })
		if i < 0 {
			w.next()
			w.refuse("%s: %s", what, optionList(options))
			w.peer(unknown, w.all[w.i-1])
			return k
		}
		if once := options[i].once; once != "" {
			if slices.Contains(given, once) && (!w.loose || options[i].single != "") {
				w.bad("another option; %s is already given", once)
				switch written := w.all[w.i-1]; {
				case options[i].single == ".":
					w.peer("Error: either %q is duplicate, or %q is a garbage.", written, written)
				case w.i < len(w.all):
					w.peer("Error: either %q is duplicate, or %q is a garbage.", options[i].single, w.all[w.i])
				default:
					w.peer(peerIncomplete)
				}
				return k
			}
			given = append(given, once) // the last one counts
		}
		options[i].parse(k, w)
	}
	return k
}

// formatOptions adds the words for the options that are set.
func formatOptions[K any](f *linkFormatter, k *K, options []kindOption[K]) {
	for _, o := range options {
		if v, ok := o.value(k); ok {
			f.option(o.name, v)
		}
	}
}

func optionList[K any](options []kindOption[K]) string {
	return list(options, func(o kindOption[K]) string { return o.name })
}

// optionsUsage returns the usage of a kind with these options, in lines of at
// most 80 columns.
func optionsUsage[K any](name string, options []kindOption[K]) string {
	var b strings.Builder
	b.WriteString("Usage: ... " + name + " [OPTION VALUE ...]\noptions:")
	column := len("options:")
	for word := range strings.FieldsSeq(optionList(options)) {
		if column+1+len(word) > 80 {
			b.WriteString("\n ")
			column = 1
		}
		b.WriteString(" " + word)
		column += 1 + len(word)
	}
	b.WriteByte('\n')
	return b.String()
}
