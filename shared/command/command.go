// Package command is how both programs begin and end: the language before the flags
// are read, the parser, the exit codes in its help, the shifted clock, and the
// sentence for an error. What a program then does is its main's.
package command

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// helped is the panic with which the parser leaves after it has printed the help.
type helped int

// Command is one of the two, at its start.
type Command struct {
	Name    string
	Text    string            // what it is for, a sentence of its help
	Without []int             // exit codes that it never ends with
	Vars    map[string]string // values in the texts of its flags

	Say       *assets.Speaker
	Out, News io.Writer // for results; for everything else
}

// Run reads arguments into settings, a pointer to kong's struct of flags and verbs,
// and calls do with what was asked for; it returns do's exit code. Help is printed
// to Out and ends with 0. Arguments that can't be read go to refuse as kong's
// sentence, and end with fault.ExitUsage; if the flags themselves are wrong, a
// mistake of ours, with that of fault.Internal.
func (c Command) Run(settings any, args []string, refuse func(problem string), do func(*kong.Context) int) (code int) {
	defer func() {
		switch left := recover().(type) {
		case nil:
		case helped:
			code = int(left)
		default:
			panic(left)
		}
	}()
	parser, err := kong.New(settings,
		kong.Name(c.Name),
		kong.Description(c.Text+"\n\n"+c.exits()),
		kong.Vars(c.Vars),
		kong.Writers(c.Out, c.News),
		kong.Exit(func(code int) { panic(helped(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(c.News, c.Name+":", err)
		return fault.Exit(fault.Internal)
	}
	asked, err := parser.Parse(args)
	if err != nil {
		refuse(err.Error())
		return fault.ExitUsage
	}
	return do(asked)
}

// exits lists the exit codes for the help.
func (c Command) exits() string {
	var lines strings.Builder
	lines.WriteString(c.Say.Say("main.exits", nil) + "\n")
	for code := fault.ExitDone; code <= fault.ExitHeld; code++ {
		if !slices.Contains(c.Without, code) {
			fmt.Fprintf(&lines, "\n  %d  %s", code, c.Say.Say(fmt.Sprintf("main.exit_%d", code), nil))
		}
	}
	return lines.String()
}

// Sentence returns what a person is told of an error, and its key: its own sentence,
// or that of its code where it has none. Nothing of what is inside.
func Sentence(say *assets.Speaker, err error) (key, sentence string) {
	key, args := fault.Message(err)
	if !say.Has(key) {
		key = fault.GenericKey(fault.CodeOf(err))
	}
	return key, say.Say(key, args)
}
