package nlspec

// Values has the names of an integer's values, or of its bits.
type Values struct {
	Prefix   string // the prefix of all names; Short leaves it out
	Bits     bool   // the names are of bits, several of which may be set
	Numbered bool   // for bits: Const.Number is a bit's number, not its mask
	From     uint8  // for numbered bits: the number of the lowest bit
	Arg      uint64 // for values: bits that hold something else than the value (the chain of TC_ACT_GOTO_CHAIN)
	Consts   []Const
}

// Const is one named value; for a signed integer, its two's complement in 64
// bits. Among bits it may be 0, or several bits, in which case it precedes its
// parts.
type Const struct {
	Number uint64
	Name   string // the kernel's full name
}

// Names returns the names of n: at most one for a value, any number for bits.
// rest is the part without a name: n itself, unknown bits, or the bits of Arg.
// A nil v has no names.
func (v *Values) Names(n uint64) (names []string, rest uint64) {
	_, rest = v.Each(n, func(name string) { names = append(names, name) })
	return names, rest
}

// Each calls yield, unless it is nil, for each of the names of n, and returns
// their number. rest is as in Names.
func (v *Values) Each(n uint64, yield func(name string)) (count int, rest uint64) {
	switch {
	case v == nil:
		return 0, n
	case v.Bits:
		return v.eachBit(n, yield)
	}
	for i := range v.Consts {
		if v.Consts[i].Number == n {
			return v.Consts[i].only(yield), 0
		}
	}
	if v.Arg != 0 {
		for i := range v.Consts {
			if c := &v.Consts[i]; c.Number != 0 && c.Number == n&^v.Arg {
				return c.only(yield), n & v.Arg
			}
		}
	}
	return 0, n
}

func (c *Const) only(yield func(name string)) int {
	if yield != nil {
		yield(c.Name)
	}
	return 1
}

func (v *Values) eachBit(n uint64, yield func(name string)) (count int, rest uint64) {
	rest = n
	for i := range v.Consts {
		if rest == 0 && n != 0 {
			break
		}
		mask := v.mask(v.Consts[i])
		if mask == 0 && n == 0 && !v.Numbered || mask != 0 && rest&mask == mask {
			count += v.Consts[i].only(yield)
			rest &^= mask
		}
	}
	return count, rest
}

// mask returns the bits that c names, or 0.
func (v *Values) mask(c Const) uint64 {
	switch {
	case !v.Numbered:
		return c.Number
	case c.Number < uint64(v.From):
		return 0
	}
	return 1 << (c.Number - uint64(v.From))
}

// Short returns name without the prefix that the names of v share.
func (v *Values) Short(name string) string {
	if v == nil || len(name) <= len(v.Prefix) || name[:len(v.Prefix)] != v.Prefix {
		return name
	}
	return name[len(v.Prefix):]
}
