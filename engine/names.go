package engine

import (
	"errors"
	"strconv"
	"strings"

	"github.com/nslab/nslab/rtnl"
)

// named puts the names of links in place of their indices into the error of a
// request, as far as the request knows them: it says "eth0" and not index 2. A
// message that was sent holds the index alone.
func (r *Request) named(err error) error {
	var e *rtnl.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, d := range r.Devs {
		var index uint32
		if d.Opt != nil {
			index, _ = d.Opt.Get()
		} else {
			index = *d.Index
		}
		e.Object = nameIndex(e.Object, index, d.Name)
	}
	return err
}

// nameIndex replaces "index N" by a name in the object of an rtnl.Error, where it
// stands first or behind "on", "of" or "of bridge". What the quotes of another
// name hold is left alone.
func nameIndex(object string, index uint32, name string) string {
	words := strings.Split(object, " ")
	number := strconv.FormatUint(uint64(index), 10)
	for i := 0; i+1 < len(words); i++ {
		if words[i] != "index" || words[i+1] != number {
			continue
		}
		if before := strings.Join(words[:i], " "); strings.Count(before, `"`)%2 == 0 {
			return strings.Join(append(append(words[:i:i], strconv.Quote(name)), words[i+2:]...), " ")
		}
	}
	return object
}
