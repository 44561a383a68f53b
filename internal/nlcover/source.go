package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sourceDirs are the directories of a kernel's source with the policies and
// puts for the tables.
var sourceDirs = []string{"net", "drivers/net", "drivers/infiniband/ulp/ipoib", "include/net", "lib"}

// evidence is what one line of a kernel's source says about the type of an
// attribute.
type evidence struct {
	attr  string // the attribute's name
	form  string // "NLA_U32" from a policy; "nla_put_u32" and the like from what the kernel sends
	size  string // the length as a C expression, or ""
	where string // file and line
}

// source is the evidence in a tree, and the tree's version, as "6.12".
type source struct {
	version string
	found   map[string][]evidence
}

// readSource collects the evidence in a kernel source tree for the attributes
// in names.
func readSource(tree string, names map[string]bool) (*source, error) {
	makefile, err := os.ReadFile(filepath.Join(tree, "Makefile"))
	if err != nil {
		makefile = nil // a part of a tree will do
	}
	s := &source{found: map[string][]evidence{}}
	if m := regexp.MustCompile(`(?m)^VERSION = (\d+)\nPATCHLEVEL = (\d+)`).FindSubmatch(makefile); m != nil {
		s.version = string(m[1]) + "." + string(m[2])
	}
	files := 0
	for _, dir := range sourceDirs {
		root := filepath.Join(tree, dir)
		if _, err := os.Stat(root); err != nil {
			continue
		}
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".c") && !strings.HasSuffix(file, ".h") {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			files++
			rel, _ := filepath.Rel(tree, file)
			s.read(rel, string(text), names)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if files == 0 {
		return nil, fmt.Errorf("%s: no kernel source is there: neither of %s", tree, strings.Join(sourceDirs, ", "))
	}
	return s, nil
}

var (
	policyEntry = regexp.MustCompile(`\[\s*([A-Z]\w+)\s*\]\s*=\s*`)
	putCall     = regexp.MustCompile(`\b(nla_put\w*|nla_nest_start\w*|nla_reserve\w*)\s*\(`)
	policyType  = regexp.MustCompile(`\bNLA_[A-Z0-9_]+\b`)
	lengthOf    = regexp.MustCompile(`\.len\s*=\s*(.*)`)
)

// read collects the evidence in one file.
func (s *source) read(file, text string, names map[string]bool) {
	text = comment.ReplaceAllStringFunc(text, func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) })
	line := func(at int) string { return fmt.Sprintf("%s:%d", file, 1+strings.Count(text[:at], "\n")) }
	for _, m := range policyEntry.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if !names[name] {
			continue
		}
		if form, size := readPolicy(initialiser(text[m[1]:])); form != "" {
			s.found[name] = append(s.found[name], evidence{name, form, size, line(m[0])})
		}
	}
	for _, m := range putCall.FindAllStringSubmatchIndex(text, -1) {
		args := splitArgs(text[m[1]:])
		if len(args) < 2 || !names[args[1]] {
			continue
		}
		e := evidence{attr: args[1], form: text[m[2]:m[3]], where: line(m[0])}
		if len(args) > 2 && (e.form == "nla_put" || e.form == "nla_put_64bit" || strings.HasPrefix(e.form, "nla_reserve")) {
			e.size = sizeOfVariable(text[:m[0]], args[2])
		}
		s.found[e.attr] = append(s.found[e.attr], e)
	}
}

var (
	sizeofName = regexp.MustCompile(`^sizeof\(?\s*\*?\s*(\w+)\s*\)?$`)
	declared   = map[string]*regexp.Regexp{}
)

// sizeOfVariable returns sizeof(struct NAME) for the size of a variable whose
// last declaration before is that structure or a pointer to it. It returns any
// other size unchanged.
func sizeOfVariable(before, size string) string {
	m := sizeofName.FindStringSubmatch(size)
	if m == nil {
		return size
	}
	re := declared[m[1]]
	if re == nil {
		re = regexp.MustCompile(`\bstruct\s+(\w+)\s+\*?(?:\w+(?:\s*=[^;,]*)?,\s*\*?)*` + m[1] + `\s*(?:[;,=)]|\{)`)
		declared[m[1]] = re
	}
	before = before[max(0, len(before)-20000):]
	if all := re.FindAllStringSubmatch(before, -1); all != nil {
		return "sizeof(struct " + all[len(all)-1][1] + ")"
	}
	return size
}

// initialiser returns the text up to the comma or the brace that ends an
// element of an array.
func initialiser(text string) string {
	depth := 0
	for i, c := range text {
		switch c {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			if depth--; depth < 0 {
				return text[:i]
			}
		case ',', ';':
			if depth == 0 {
				return text[:i]
			}
		}
	}
	return text
}

// splitArgs splits the arguments of a call, at the beginning of text, at the
// commas.
func splitArgs(text string) (args []string) {
	for {
		arg := initialiser(text)
		args = append(args, strings.Join(strings.Fields(arg), " "))
		if len(arg) >= len(text) || text[len(arg)] != ',' || len(args) > 8 {
			return args
		}
		text = text[len(arg)+1:]
	}
}

// readPolicy reads an element of an nla_policy array: its type, or "", and its
// length.
func readPolicy(expr string) (form, size string) {
	expr = strings.Join(strings.Fields(expr), " ")
	if strings.HasPrefix(expr, "NLA_POLICY_") {
		macro, rest, _ := strings.Cut(expr, "(")
		args := splitArgs(rest)
		switch macro {
		case "NLA_POLICY_NESTED":
			return "NLA_NESTED", ""
		case "NLA_POLICY_NESTED_ARRAY":
			return "NLA_NESTED_ARRAY", ""
		case "NLA_POLICY_EXACT_LEN", "NLA_POLICY_EXACT_LEN_WARN", "NLA_POLICY_MIN_LEN", "NLA_POLICY_MAX_LEN":
			return "NLA_BINARY", args[0]
		case "NLA_POLICY_ETH_ADDR", "NLA_POLICY_ETH_ADDR_COMPAT":
			return "NLA_BINARY", "ETH_ALEN"
		case "NLA_POLICY_BITFIELD32":
			return "NLA_BITFIELD32", ""
		}
		if len(args) > 0 && strings.HasPrefix(args[0], "NLA_") {
			return args[0], ""
		}
		return macro, ""
	}
	if !strings.HasPrefix(expr, "{") {
		return "", ""
	}
	inner := strings.Trim(expr, "{} ")
	for _, part := range splitArgs(inner) {
		if m := lengthOf.FindStringSubmatch(part); m != nil {
			size = m[1]
		} else if strings.HasPrefix(part, ".type") || strings.HasPrefix(part, "NLA_") {
			form = policyType.FindString(part)
		}
	}
	if form == "" && size != "" {
		form = "NLA_UNSPEC"
	}
	return form, size
}

// sizeNumber returns a length that is obvious in the source, or 0.
func sizeNumber(size string) int {
	switch size {
	case "ETH_ALEN":
		return 6
	case "sizeof(u8)", "sizeof(__u8)":
		return 1
	case "sizeof(u16)", "sizeof(__u16)", "sizeof(__be16)":
		return 2
	case "sizeof(u32)", "sizeof(__u32)", "sizeof(__be32)", "sizeof(s32)", "sizeof(int)", "sizeof(struct in_addr)":
		return 4
	case "sizeof(u64)", "sizeof(__u64)", "sizeof(__be64)":
		return 8
	case "sizeof(struct in6_addr)":
		return 16
	}
	n, _ := strconv.Atoi(size)
	return n
}
