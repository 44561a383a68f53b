package record

// appendHexBytes appends the bytes of a row of pairs of hexadecimal digits,
// with or without spaces between them. bad is the index of the first character
// that is neither, or of a digit without a second, or -1.
func appendHexBytes[T string | []byte](dst []byte, row T) (_ []byte, bad int) {
	for i := 0; i < len(row); {
		if row[i] == ' ' || row[i] == '\t' {
			i++
			continue
		}
		hi := hexDigit(row[i])
		if hi < 0 || i+1 == len(row) {
			return dst, i
		}
		lo := hexDigit(row[i+1])
		if lo < 0 {
			return dst, i + 1
		}
		dst = append(dst, byte(hi<<4|lo))
		i += 2
	}
	return dst, -1
}
