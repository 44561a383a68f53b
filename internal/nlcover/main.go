// Command nlcover compares nlspec's tables with the kernel's own headers:
//
//	go run ./internal/nlcover /usr/include/linux
//
// For each enum, and for the plain definitions of each header, it prints how
// many names the tables have with the same number, and lists the names that
// they lack. Names that are left out for a reason are in lacking.txt, and those
// that older headers lack in newer.txt. The exit status is 1 if a name is
// missing or has another number without a reason.
//
//	go run ./internal/nlcover -source TREE
//
// compares the types of the attributes with the nla_policy arrays and the
// nla_put calls of a kernel's source. Differences that have a reason are in
// source.txt.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	verbose := flag.Bool("v", false, "also list the names that are left out for a reason")
	tree := flag.String("source", "", "compare with the kernel source in `TREE`, not with headers")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: nlcover [-v] INCLUDE/linux | nlcover [-v] -source TREE")
		flag.PrintDefaults()
	}
	flag.Parse()
	if (*tree == "") != (flag.NArg() == 1) || flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := run(*tree, flag.Arg(0), *verbose)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "nlcover:", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// run does what the command line asks for, and reports whether everything
// agrees.
func run(tree, dir string, verbose bool) (ok bool, err error) {
	if tree != "" {
		a, err := agree(tree)
		if err != nil {
			return false, err
		}
		a.print(os.Stdout, verbose)
		return a.ok(), nil
	}
	h, err := readHeaders(dir)
	if err != nil {
		return false, err
	}
	r, err := compare(h)
	if err != nil {
		return false, err
	}
	r.print(os.Stdout, verbose)
	return r.ok(), nil
}
