package nlspec

// IsFamily reports whether a family of messages has this name, such as
// "AF_INET" or "NFPROTO_ARP", in full or without its prefix.
func IsFamily(name string) bool {
	for _, v := range []*Values{&families, &nfFamilies} {
		for _, c := range v.Consts {
			if c.Name == name || v.Short(c.Name) == name {
				return true
			}
		}
	}
	return false
}
