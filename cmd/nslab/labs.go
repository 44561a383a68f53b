package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/internal/sandbox"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/topology"
	"github.com/nslab/nslab/topology/clab"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// config is the configuration of the machine's labs, observed by this run's
// --trace and --record.
func (a *app) config() *lab.Config {
	return &lab.Config{Observer: a.watch.observer(), Contained: sandbox.Enclosed()}
}

// defaultFiles are the files to read if none is named. The first one that
// exists is used.
var defaultFiles = []string{"lab.yaml", "nslab.yaml"}

// maxInput bounds how much is read from standard input. topology.Parse has the
// real limit.
const maxInput = 64 << 20

// labFile reads a lab file: the one named, where "-" is standard input, or,
// without a name, one of defaultFiles. Any error in it has status 2.
func labFile(cmd *cobra.Command, args []string) (*topology.Topology, error) {
	ctx := cmd.Context()
	called, err := labName(cmd)
	if err != nil {
		return nil, err
	}
	opts := &topology.ParseOptions{Name: called, Language: &clab.Language{
		Getenv: os.LookupEnv, Strict: isSet(cmd, strictFlag), SharedFiles: isSet(cmd, sharedFlag),
	}}
	name, err := labFileName(cmd, args)
	var t *topology.Topology
	if err == nil {
		t, err = await(ctx, func() (*topology.Topology, error) {
			if name != "-" {
				return topology.ParseFile(name, opts)
			}
			data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxInput))
			if err != nil {
				return nil, err
			}
			return topology.Parse("standard input", data, opts)
		})
	}
	if err == nil {
		if cmd.Flags().Lookup(strictFlag) != nil {
			warnOf(cmd.ErrOrStderr(), t.Warnings())
		}
		return t, nil
	}
	if !isFileWrong(err) {
		err = fmt.Errorf("%s: %w", cmd.Name(), named(err))
	}
	return nil, inputError(ctx, err)
}

// inputError gives an error in a file status 2, unless reading it was
// interrupted.
func inputError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return usage(err)
}

// named returns an error that names a file, on one line.
func named(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		pe.Path = plain.Text(pe.Path)
	}
	return err
}

// isFileWrong reports whether an error consists of the mistakes in a lab file,
// which need no further words.
func isFileWrong(err error) bool {
	var wrong topology.Errors
	return errors.As(err, &wrong)
}

// warnOf writes warnings about a lab file.
func warnOf(w io.Writer, warnings topology.Errors) {
	for _, e := range warnings {
		tell(w, "warning: %s", e.Detail())
	}
}

func labFileName(cmd *cobra.Command, args []string) (string, error) {
	switch {
	case len(args) > 0 && args[0] == "":
		return "", errNoName
	case len(args) > 0:
		return args[0], nil
	}
	for _, name := range defaultFiles {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	files, err := clab.Find(".")
	switch {
	case err != nil:
		return "", err
	case len(files) == 1:
		return files[0], nil
	case len(files) > 1:
		return "", fmt.Errorf("several files of containerlab in this directory: name one of %s", plain.Text(strings.Join(files, ", ")))
	}
	return "", fmt.Errorf("no %s in this directory: name a file, or - for standard input; usage: %s",
		strings.Join(defaultFiles, " and no "), cmd.UseLine())
}

// The options of commands that read a file of containerlab, in which they have
// a meaning.
const (
	strictFlag = "strict"
	sharedFlag = "shared-files"
)

// clabFlags adds these options to a command.
func clabFlags(cmd *cobra.Command) {
	cmd.Flags().Bool(strictFlag, false, "what has no meaning in a file of containerlab is a mistake, not a warning")
	cmd.Flags().Bool(sharedFlag, false, "let programs of a containerlab file change the machine's own files")
}

// nameFlag names the lab of commands that read its file.
const nameFlag = "name"

// nameOption adds it to a command. Labs that exist are offered.
func (a *app) nameOption(cmd *cobra.Command) {
	cmd.Flags().String(nameFlag, "", "call the lab `NAME`, whatever its file calls it: one file can be several labs")
	offers(cmd, nameFlag, a.labsOnly)
}

// labName returns the value of --name, "" without one.
func labName(cmd *cobra.Command) (string, error) {
	f := cmd.Flags().Lookup(nameFlag)
	if f == nil || !f.Changed {
		return "", nil
	}
	name := f.Value.String()
	if err := topology.CheckName(name); err != nil {
		return "", usage(fmt.Errorf("%s: --%s: %w", cmd.Name(), nameFlag, err))
	}
	return name, nil
}

// isSet reports whether a command has an option that is set.
func isSet(cmd *cobra.Command, name string) bool {
	f := cmd.Flags().Lookup(name)
	return f != nil && f.Value.String() == "true"
}

// labFlag adds -l to a command that takes a node or a lab.
func (a *app) labFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVarP(name, "lab", "l", "", "`LAB` that contains the nodes (default $NSLAB_LAB)")
	offers(cmd, "lab", a.labsOnly)
}

// within returns the lab of -l or of the environment, "" for none.
func within(flag string) string {
	if flag != "" {
		return flag
	}
	return os.Getenv("NSLAB_LAB")
}

// findNode opens the node that a word stands for. The caller must close its
// lab.
func (a *app) findNode(word, flag string) (*lab.LabNode, error) {
	n, err := lab.Find(word, within(flag), a.config())
	if err == nil {
		return n, nil
	}
	if errors.Is(err, lab.ErrNoLab) {
		return nil, usage(fmt.Errorf("%w; %s", err, a.labsThatAre()))
	}
	if errors.Is(err, lab.ErrNoNode) {
		return nil, usage(fmt.Errorf("%w; %s", err, a.nodesThatAre(word, flag)))
	}
	var several *lab.AmbiguousError
	if errors.As(err, &several) {
		return nil, usage(err)
	}
	return nil, err
}

// openLab opens a lab: by its name, by -l or the environment, or the only one.
func (a *app) openLab(name, flag string) (*lab.Lab, error) {
	if name == "" {
		name = within(flag)
	}
	if name == "" {
		labs, err := lab.List(a.config())
		if err != nil {
			return nil, err
		}
		if len(labs) != 1 {
			return nil, usage(fmt.Errorf("which lab? %s", a.labsThatAre()))
		}
		name = labs[0].Name
	}
	l, err := lab.Open(name, a.config())
	if errors.Is(err, lab.ErrNoLab) {
		return nil, usage(fmt.Errorf("%w; %s", err, cmp.Or(a.nodeOfThatName(name), a.labsThatAre())))
	}
	return l, err
}

// nodeOfThatName says that a name taken for a lab is a node. It is "" if it is
// not.
func (a *app) nodeOfThatName(name string) string {
	n, err := lab.Find(name, "", a.config())
	if err != nil {
		return ""
	}
	defer n.Lab().Close() //nolint:errcheck // it was read only
	return fmt.Sprintf("%q is a node: write %s/%s", name, n.Lab().Name(), n.Name)
}

// maxCandidates bounds how many names an error lists.
const maxCandidates = 12

// candidates returns a list of names for an error.
func candidates(what string, names []string) string {
	if len(names) == 0 {
		return "there are no " + what
	}
	more := ""
	if len(names) > maxCandidates {
		more = fmt.Sprintf(" and %d more", len(names)-maxCandidates)
		names = names[:maxCandidates]
	}
	return "the " + what + " are " + strings.Join(names, ", ") + more
}

func (a *app) labsThatAre() string {
	labs, err := lab.List(a.config())
	if err != nil {
		return err.Error()
	}
	var names []string
	for _, l := range labs {
		names = append(names, l.Name)
	}
	return candidates("labs", names)
}

// nodesThatAre lists the nodes that a word may have meant, of its lab or of all
// labs.
func (a *app) nodesThatAre(word, flag string) string {
	only, _, full := strings.Cut(word, "/")
	if !full {
		only = within(flag)
	}
	labs, err := lab.List(a.config())
	if err != nil {
		return err.Error()
	}
	var names, closed []string
	for _, info := range labs {
		if only != "" && info.Name != only {
			continue
		}
		l, err := lab.Open(info.Name, a.config())
		if err != nil {
			closed = append(closed, err.Error())
			continue
		}
		for i := range l.Topology().Nodes {
			names = append(names, info.Name+"/"+l.Topology().Nodes[i].Name)
		}
		if err := l.Close(); err != nil {
			closed = append(closed, err.Error())
		}
	}
	return strings.Join(slices.Concat([]string{candidates("nodes", names)}, closed), "; ")
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// style returns how to write text to a stream: in colour on a terminal that
// supports it, unless the user wants none (https://no-color.org).
func style(stream any) lab.Style {
	if terminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		return lab.Coloured
	}
	return lab.Plain
}

// writeJSON writes a value, indented for readability.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(plain.JSON(b.Bytes()))
	return err
}

// outputFlag adds -o to a command, with formats in addition to its table.
func outputFlag(cmd *cobra.Command, to *string, formats ...string) {
	cmd.Flags().StringVarP(to, "output", "o", "", "`FORMAT`: "+strings.Join(formats, ", "))
	offers(cmd, "output", cobra.FixedCompletions(formats, noFiles))
}

// checkOutput refuses a format that a command does not have.
func checkOutput(cmd *cobra.Command, format string, formats ...string) error {
	if format == "" || slices.Contains(formats, format) {
		return nil
	}
	return usage(fmt.Errorf("%s: -o %s: the formats are: %s", cmd.Name(), format, strings.Join(formats, ", ")))
}
