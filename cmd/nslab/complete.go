package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/spf13/cobra"
)

// Completion for a shell. If a question cannot be answered, for lack of a
// permission or a lab, there are no candidates: an error would appear in the
// middle of the line being typed.

const noFiles = cobra.ShellCompDirectiveNoFileComp

type completer = cobra.CompletionFunc

// printable makes a completer omit names that are unsafe in a command line.
// Names that others chose may contain commands to the terminal, or the
// characters that separate candidates.
func printable(fn completer) completer {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		names, what := fn(cmd, args, word)
		return slices.DeleteFunc(names, func(name string) bool { return plain.Text(name) != name }), what
	}
}

// labFiles offers YAML files for the first argument, or for every argument.
func labFiles(each bool) completer {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && !each {
			return nil, noFiles
		}
		return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

// labsOrFiles offers labs. If none fits, the shell offers files.
func (a *app) labsOrFiles(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	names := slices.DeleteFunc(a.labNames(word), func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveDefault
}

// labsOnly offers labs, for -l.
func (a *app) labsOnly(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return a.labNames(word), noFiles
}

func (a *app) labNames(prefix string) []string {
	labs, err := lab.List(a.config())
	if err != nil {
		return nil
	}
	var names []string
	for _, l := range labs {
		if strings.HasPrefix(l.Name, prefix) {
			names = append(names, l.Name)
		}
	}
	return names
}

// labThenNodes offers a lab, then its nodes, for inspect.
func (a *app) labThenNodes(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	name := within(cmd.Flag("lab").Value.String())
	if name == "" && len(args) > 0 {
		name, _, _ = strings.Cut(args[0], "/")
	}
	if name == "" && !strings.Contains(word, "/") {
		return a.labNames(word), noFiles
	}
	if name == "" {
		return a.nodeNames("", word)
	}
	return a.nodeNames(name, word)
}

// nodeThen offers a node as the first argument, and then what rest offers.
func (a *app) nodeThen(rest completer) completer {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return rest(cmd, args, word)
		}
		return a.nodeNames(within(cmd.Flag("lab").Value.String()), word)
	}
}

// nodeNames offers the nodes of a lab. If no lab is named, it offers those of
// the only lab, or, if there are several, the labs and then LAB/NODE.
func (a *app) nodeNames(name, word string) ([]string, cobra.ShellCompDirective) {
	before := ""
	if name == "" {
		labs := a.labNames("")
		l, _, full := strings.Cut(word, "/")
		switch {
		case full:
			name, before = l, l+"/"
		case len(labs) == 1:
			name = labs[0]
		default:
			if len(labs) == 0 {
				return nil, noFiles
			}
			for i := range labs {
				labs[i] += "/"
			}
			return labs, noFiles | cobra.ShellCompDirectiveNoSpace
		}
	}
	l, err := lab.Open(name, a.config())
	if err != nil {
		return nil, noFiles
	}
	defer l.Close() // it has no open sockets
	var nodes []string
	for i := range l.Topology().Nodes {
		if node := before + l.Topology().Nodes[i].Name; strings.HasPrefix(node, word) {
			nodes = append(nodes, node)
		}
	}
	return nodes, noFiles
}

// nothing offers neither candidates nor files.
func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, noFiles
}

// programNames offers the programs of $PATH after a node, and files after a
// program.
func programNames(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	return programs(args[1:], word)
}

// firstProgram offers a program and what follows it, from the first argument
// on.
func firstProgram(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	return programs(args, word)
}

func programs(args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(withoutDashes(args)) > 0 || strings.Contains(word, "/") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // $PATH may name missing directories
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), word) && !e.IsDir() {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), noFiles
}

// otherNodes offers the nodes of the lab of the first argument.
func (a *app) otherNodes(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return nil, noFiles
	}
	n, err := a.findNode(args[0], cmd.Flag("lab").Value.String())
	if err != nil {
		return nil, noFiles
	}
	defer n.Lab().Close() // it has no open sockets
	return a.nodeNames(n.Lab().Name(), word)
}

// interfacesOf offers the interfaces of the node or namespace that the command
// is for.
func (a *app) interfacesOf(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	netns := ""
	if f := cmd.Flag("netns"); f != nil {
		netns = f.Value.String()
	}
	if netns == "" && len(args) > 0 {
		n, err := a.findNode(args[0], cmd.Flag("lab").Value.String())
		if err != nil {
			return nil, noFiles
		}
		defer n.Lab().Close() // it has no open sockets
		netns = n.NetNS()
	}
	return linkNames(cmd.Context(), netns, word), noFiles
}

// linkNames returns the links of a namespace, "" for the caller's.
func linkNames(ctx context.Context, netns, prefix string) []string {
	cfg := &rtnl.Config{}
	if netns != "" {
		h, err := nsfs.Dir{}.Open(netns)
		if err != nil {
			return nil
		}
		defer h.Close()
		cfg.NetNS = rtnl.NetNSFD(h.FD())
	}
	c, err := rtnl.Dial(cfg)
	if err != nil {
		return nil
	}
	defer c.Close()
	links, err := c.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return nil
	}
	var names []string
	for i := range links {
		if strings.HasPrefix(links[i].Name, prefix) {
			names = append(names, links[i].Name)
		}
	}
	return names
}

// namespaces offers the names in /run/netns.
func namespaces(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return namespaceNames(word), noFiles
}

func namespaceNames(prefix string) []string {
	names, err := nsfs.Dir{}.List()
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// ofProgram offers the words of ip, bridge or brctl: objects and their
// commands, links and namespaces, and, for a word that begins with "-",
// options. In a short form, the object is already given.
func ofProgram(name string, object ...string) completer {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		next := iproute.Complete(name, args)
		if options := next.Options; len(object) > 0 {
			next = iproute.Complete(name, shortWords(object[0], args))
			next.Options = options // they precede the omitted object
		}
		var names []string
		if strings.HasPrefix(word, "-") {
			next.Words = append(next.Words, next.Options...)
		}
		for _, w := range next.Words {
			if strings.HasPrefix(w, word) {
				names = append(names, w)
			}
		}
		if next.Namespaces {
			names = append(names, namespaceNames(word)...)
		}
		if next.Links {
			names = append(names, linkNames(cmd.Context(), next.NetNS, word)...)
		}
		return names, noFiles
	}
}

// offers sets the completer of a flag's value. The flag must exist.
func offers(cmd *cobra.Command, flag string, fn completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, printable(fn)); err != nil {
		panic(err)
	}
}
