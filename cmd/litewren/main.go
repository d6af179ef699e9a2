// Command litewren runs, times, inspects and compresses TensorFlow Lite models.
//
//	litewren run MODEL       run a model on files or random inputs and write its outputs
//	litewren bench MODEL     measure load, prepare and invoke times, per node if asked
//	litewren inspect MODEL   show what is inside
//	litewren quantize MODEL  store weights, or compute, in fewer bits
//	litewren prune MODEL     set the least important weights to zero
//	litewren cluster MODEL   replace weights by a few different values
//	litewren sparsify MODEL  store weights with many zeros sparsely
//	litewren factorize MODEL replace layers by two of lower rank
//	litewren tidy MODEL      remove what no output needs
//	litewren compress MODEL  apply the steps of a recipe
//	litewren compare ORIGINAL OTHER...  sizes, latency and accuracy side by side
//	litewren diff ORIGINAL OTHER        the first layer where two models part
//
// Exit status: 0 on success, 1 with one line on standard error when something fails, 2 on bad usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/pflag"
)

// command is a subcommand.
type command struct {
	name, args, summary string
	many                bool // more than one argument
	run                 func(ctx context.Context, flags *pflag.FlagSet, args []string, out io.Writer) error
	flags               func(*pflag.FlagSet)
}

func commands() []command {
	list := []command{
		{"run", "MODEL", "run a model on files or random inputs and write its outputs", false, runRun, runFlags},
		{"bench", "MODEL", "measure load, prepare and invoke times", false, runBench, benchFlags},
		{"inspect", "MODEL", "show subgraphs, nodes, tensors, signatures and memory", false, runInspect, inspectFlags},
	}
	for _, s := range steps() {
		list = append(list, transformCommand(s))
	}
	return append(list,
		command{"compress", "MODEL", "apply the steps of a recipe", false, runCompress, compressFlags},
		command{"compare", "ORIGINAL OTHER...", "sizes, latency and accuracy of models side by side", true, runCompare, compareFlags},
		command{"diff", "ORIGINAL OTHER", "find the first layer where two models part", true, runDiff, diffFlags},
	)
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(realMain(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// realMain is main with its surroundings as arguments, for tests.
func realMain(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "litewren: no command; see litewren help")
		return 2
	}
	if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(stdout)
		return 0
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.SortFlags = false
		c.flags(flags)
		err := flags.Parse(args[1:])
		if errors.Is(err, pflag.ErrHelp) {
			fmt.Fprintf(stdout, "usage: litewren %s %s [flags]\n%s\n\n%s", c.name, c.args, c.summary, flags.FlagUsages())
			return 0
		}
		if err != nil {
			err = usageError{err}
		} else if flags.NArg() != 1 && !(c.many && flags.NArg() > 1) {
			err = usagef("got %d arguments, want %s", flags.NArg(), c.args)
		} else {
			err = c.run(ctx, flags, flags.Args(), stdout)
		}
		return report(stderr, c, err)
	}
	fmt.Fprintf(stderr, "litewren: unknown command %q; see litewren help\n", args[0])
	return 2
}

// report prints an error on one line and returns the exit status for it.
func report(stderr io.Writer, c command, err error) int {
	if err == nil {
		return 0
	}
	line := strings.ReplaceAll(strings.TrimPrefix(err.Error(), "litewren: "), "\n", "; ")
	if usage := (usageError{}); errors.As(err, &usage) {
		fmt.Fprintf(stderr, "litewren %s: %s; usage: litewren %s %s [flags]\n", c.name, line, c.name, c.args)
		return 2
	}
	fmt.Fprintf(stderr, "litewren %s: %s\n", c.name, line)
	return 1
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "litewren runs and compresses TensorFlow Lite models in pure Go.")
	fmt.Fprintln(w)
	for _, c := range commands() {
		fmt.Fprintf(w, "  litewren %-9s %-17s %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprintln(w, "\nlitewren COMMAND --help lists the flags of a command.")
}
