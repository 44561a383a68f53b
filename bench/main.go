// Bench measures nslab:
//
//	go run . [labs] [-quick] [flags]   whole labs, against floor and other builders
//	go run . techniques [flags]        what each technique of floor gives
//	go run . micro [flags]             rtnl, against other Go libraries
//
// README.md says what each measures. labs and techniques need root, and make
// every namespace in a separate mount namespace with a tmpfs on /run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/nslab/nslab/bench/builders"
	"github.com/nslab/nslab/bench/topo"
	"golang.org/x/sys/unix"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2) // package flag has printed the reason
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong command line")

func dispatch(ctx context.Context, args []string) error {
	verb := "labs"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "labs":
		return labs(ctx, args)
	case "techniques":
		return techniques(ctx, args)
	case "micro":
		return micro(ctx, args)
	case "peer": // a process of labs: LIBRARY up|down TOPOLOGY N
		return peer(args)
	}
	fmt.Fprintf(os.Stderr, "bench: no verb %q; there are labs, techniques and micro\n", verb)
	return errUsage
}

func peer(args []string) error {
	if len(args) != 4 || args[1] != "up" && args[1] != "down" {
		return fmt.Errorf("peer: want LIBRARY up|down TOPOLOGY N")
	}
	t, err := parseLab(args[2] + ":" + args[3])
	if err != nil {
		return err
	}
	return builders.Peer(args[0], args[1], t)
}

// parseLab reads TOPOLOGY:N.
func parseLab(text string) (*topo.Topo, error) {
	id, number, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, fmt.Errorf("lab %q: want TOPOLOGY:N, such as star:1000", text)
	}
	return topo.New(id, n)
}

// parseFlags parses the flags of a verb that takes no arguments.
func parseFlags(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(flags.Output(), "bench %s: takes no arguments but flags\n", flags.Name())
		return errUsage
	}
	return nil
}
