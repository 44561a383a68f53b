package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nslab/nslab/nlspec"
)

const sampleSource = `
/* A policy, [X_COMMENT] = { .type = NLA_U8 }, in a comment. */
static const struct nla_policy x_policy[X_MAX + 1] = {
	[X_UNSPEC]	= { .strict_start_type = X_LAST },
	[X_U8]		= { .type = NLA_U8 },
	[X_RANGE]	= NLA_POLICY_RANGE(NLA_U16, 1, MAX(2, 3)),
	[X_STRING]	= { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[X_STRUCT]	= { .len = sizeof(struct x_opts) },
	[X_MAC]		= NLA_POLICY_ETH_ADDR,
	[X_NEST]	= NLA_POLICY_NESTED(y_policy),
	[X_EXACT]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[X_SHORT]	= { NLA_U32 },
	[X_OTHER]	= { .type = NLA_U64 }
};
int x_fill(struct sk_buff *skb)
{
	struct x_opts opts = { .a = 1 }, *p;
	if (nla_put_be16(skb, X_RANGE, htons(x(1, 2))) ||
	    nla_put(skb, X_STRUCT, sizeof(opts), &opts) || nla_put_64bit(skb, X_OTHER, sizeof(*p), p, X_PAD) ||
	    nla_put_u32(get(skb, 1), X_SHORT, 7) || !nla_nest_start_noflag(skb, X_NEST))
		return -EMSGSIZE;
}
`

func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "net"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"net/x.c": sampleSource, "net/x.txt": "[X_U8] = { .type = NLA_U64 }",
		"Makefile": "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := map[string]bool{}
	for _, n := range []string{"X_COMMENT", "X_UNSPEC", "X_U8", "X_RANGE", "X_STRING", "X_STRUCT", "X_MAC", "X_NEST", "X_EXACT", "X_SHORT", "X_OTHER"} {
		names[n] = true
	}
	src, err := readSource(dir, names)
	if err != nil {
		t.Fatal(err)
	}
	if src.version != "6.12" {
		t.Errorf("version %q", src.version)
	}
	for name, want := range map[string][]evidence{
		"X_U8":     {{"X_U8", "NLA_U8", "", "net/x.c:5"}},
		"X_RANGE":  {{"X_RANGE", "NLA_U16", "", "net/x.c:6"}, {"X_RANGE", "nla_put_be16", "", "net/x.c:18"}},
		"X_STRING": {{"X_STRING", "NLA_NUL_STRING", "IFNAMSIZ - 1", "net/x.c:7"}},
		"X_STRUCT": {{"X_STRUCT", "NLA_UNSPEC", "sizeof(struct x_opts)", "net/x.c:8"}, {"X_STRUCT", "nla_put", "sizeof(struct x_opts)", "net/x.c:19"}},
		"X_MAC":    {{"X_MAC", "NLA_BINARY", "ETH_ALEN", "net/x.c:9"}},
		"X_NEST":   {{"X_NEST", "NLA_NESTED", "", "net/x.c:10"}, {"X_NEST", "nla_nest_start_noflag", "", "net/x.c:20"}},
		"X_EXACT":  {{"X_EXACT", "NLA_BINARY", "sizeof(struct in6_addr)", "net/x.c:11"}},
		"X_SHORT":  {{"X_SHORT", "NLA_U32", "", "net/x.c:12"}, {"X_SHORT", "nla_put_u32", "", "net/x.c:20"}},
		"X_OTHER":  {{"X_OTHER", "NLA_U64", "", "net/x.c:13"}, {"X_OTHER", "nla_put_64bit", "sizeof(struct x_opts)", "net/x.c:19"}},
	} {
		if got := src.found[name]; !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
	if len(src.found) != 9 {
		t.Errorf("found %v", src.found)
	}
	if _, err := readSource(filepath.Join(dir, "net"), names); err == nil {
		t.Error("a directory without source is read")
	}
}

func TestEvidenceHolds(t *testing.T) {
	opts := &nlspec.CStruct{Name: "x_opts", Fields: []nlspec.Field{{Name: "a", Kind: nlspec.U32}}}
	for _, tt := range []struct {
		form, size string
		attr       nlspec.Attr
		want       bool
	}{
		{"NLA_U32", "", nlspec.Attr{Kind: nlspec.U32}, true},
		{"NLA_U32", "", nlspec.Attr{Kind: nlspec.S32}, true},
		{"NLA_U32", "", nlspec.Attr{Kind: nlspec.U16}, false},
		{"NLA_U16", "", nlspec.Attr{Kind: nlspec.BE16}, true},
		{"NLA_S32", "", nlspec.Attr{Kind: nlspec.U32}, false},
		{"nla_put_u16", "", nlspec.Attr{Kind: nlspec.BE16}, false},
		{"nla_put_be16", "", nlspec.Attr{Kind: nlspec.U16}, false},
		{"nla_put_be16", "", nlspec.Attr{Kind: nlspec.BE16}, true},
		{"nla_put_u64_64bit", "", nlspec.Attr{Kind: nlspec.U32}, false},
		{"NLA_FLAG", "", nlspec.Attr{Kind: nlspec.U8}, false},
		{"nla_put_flag", "", nlspec.Attr{Kind: nlspec.Flag}, true},
		{"NLA_NUL_STRING", "15", nlspec.Attr{Kind: nlspec.Bytes}, false},
		{"nla_put_in6_addr", "", nlspec.Attr{Kind: nlspec.Bytes}, false},
		{"NLA_NESTED", "", nlspec.Attr{Kind: nlspec.List}, true},
		{"nla_nest_start_noflag", "", nlspec.Attr{Kind: nlspec.U32}, false},
		{"NLA_UNSPEC", "sizeof(struct x_opts)", nlspec.Attr{Kind: nlspec.Struct, Struct: opts}, true},
		{"NLA_UNSPEC", "sizeof(struct y_opts)", nlspec.Attr{Kind: nlspec.Struct, Struct: opts}, false},
		{"nla_put", "sizeof(struct x_opts)", nlspec.Attr{Kind: nlspec.Nested, Struct: opts}, true},
		{"nla_put", "sizeof(struct x_opts)", nlspec.Attr{Kind: nlspec.Array, Elem: &nlspec.Attr{Kind: nlspec.Struct, Struct: opts}}, true},
		{"nla_put", "sizeof(struct x_opts)", nlspec.Attr{Kind: nlspec.Bytes}, false},
		{"nla_put", "sizeof(u16)", nlspec.Attr{Kind: nlspec.U32}, false},
		{"nla_put", "sizeof(u32)", nlspec.Attr{Kind: nlspec.U32}, true},
		{"NLA_BINARY", "ETH_ALEN", nlspec.Attr{Kind: nlspec.LLAddr}, true},
	} {
		e := evidence{form: tt.form, size: tt.size}
		if got := e.holds(&tt.attr); got != tt.want {
			t.Errorf("%s %s for %s: %v", tt.form, tt.size, tt.attr.Kind, got)
		}
	}
}
