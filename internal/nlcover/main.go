// Command nlcover compares nlspec's tables with the kernel's own headers:
//
//	go run ./internal/nlcover /usr/include/linux
//
// It prints for each enum, and for the plain definitions of each header, how many names the tables have with the same
// number, and names those that they lack. What they lack for a reason stands in lacking.txt, what the headers lack, being
// older, in newer.txt. It exits with 1 when a name is missing or has another number without a reason.
//
//	go run ./internal/nlcover -source TREE
//
// compares the types of the attributes with the nla_policy arrays and the nla_put calls of a kernel's source. What is
// otherwise for a reason stands in source.txt.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	verbose := flag.Bool("v", false, "list the names that are left out for a reason, too")
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

// run does what the command line asks for, and reports whether all is as it should be.
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
