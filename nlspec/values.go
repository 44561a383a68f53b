package nlspec

// Values are the names of an integer's values, or of its bits.
type Values struct {
	Prefix   string // what all names begin with; Short leaves it out
	Bits     bool   // the names are of bits, several of which may be set
	Numbered bool   // of bits: Const.Number is a bit's number, not its mask
	From     uint8  // of numbered bits: the number that stands for the lowest bit
	Arg      uint64 // of values: bits that hold something else beside the value (TC_ACT_GOTO_CHAIN and the chain)
	Consts   []Const
}

// Const is one named value: of a signed integer as the two's complement in 64 bits. Among bits it may be of several
// bits, which then stands before its parts, or 0.
type Const struct {
	Number uint64
	Name   string // the kernel's name in full
}

// Names returns the names of n: at most one of a value, any number of bits. The rest is what has no name: n itself,
// the bits that are not known, or what stands beside a value. A nil v knows no names.
func (v *Values) Names(n uint64) (names []string, rest uint64) {
	_, rest = v.Each(n, func(name string) { names = append(names, name) })
	return names, rest
}

// Each calls yield, unless it is nil, for each of the names of n, and returns how many there are. The rest is that of Names.
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

// mask returns the bits that c names, 0 for none.
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
