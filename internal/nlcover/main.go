// Command nlcover compares nlspec's tables with the kernel's own headers:
//
//	go run ./internal/nlcover /usr/include/linux
//
// It prints for each enum, and for the plain definitions of each header, how many names the tables have with the same
// number, and names those that they lack. What they lack for a reason stands in lacking.txt, what the headers lack, being
// older, in newer.txt. It exits with 1 when a name is missing or has another number without a reason.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	verbose := flag.Bool("v", false, "list the names that are left out for a reason, too")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: nlcover [-v] INCLUDE/linux")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	h, err := readHeaders(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "nlcover:", err)
		os.Exit(2)
	}
	r, err := compare(h)
	if err != nil {
		fmt.Fprintln(os.Stderr, "nlcover:", err)
		os.Exit(2)
	}
	r.print(os.Stdout, *verbose)
	if !r.ok() {
		os.Exit(1)
	}
}
