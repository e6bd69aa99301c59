// A small shop that tells what fails to the SDK that its argument names: one command a line on its standard input.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

type shop struct {
	catch, crash func(text string)
	noise, end   func()
}

type OutOfStock struct{ text string }

func (e *OutOfStock) Error() string { return e.text }

func told(name string) string { return os.Getenv("SENDER_" + name) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

//go:noinline
func reserve(text string) error { return &OutOfStock{text} }

//go:noinline
func collapse(text string) { panic(text) }

func main() {
	starts := map[string]func() shop{"sentry": startSentry, "logs": startLogs, "traces": startTraces}
	one := starts[os.Args[1]]()
	defer one.end()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		command, text, _ := strings.Cut(lines.Text(), " ")
		switch command {
		case "catch":
			one.catch(text)
		case "noise":
			one.noise()
		case "crash":
			one.crash(text)
		}
		fmt.Println("done")
	}
}
