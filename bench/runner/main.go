// Command runner measures one model with litewren, as reference/runner.c does with TensorFlow Lite's C library: a program that has
// nothing in it but the library, so that memory and the time to the first result are those of a program that embeds it.
//
//	runner bench MODEL [--threads N] [--runs R]
//
// It prints one line of key=value pairs, times in microseconds. Inputs are pseudo-random numbers: [-1, 1) for floats, small integers
// for index types, any byte for the rest. It keeps from packages that would start something of their own.
package main

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: runner bench MODEL [--threads N] [--runs R]")

func run(args []string) error {
	threads, runs := 1, 30
	if len(args) < 2 || args[0] != "bench" {
		return errUsage
	}
	for rest := args[2:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) < 2 {
			return errUsage
		}
		n, err := strconv.Atoi(rest[1])
		switch {
		case err != nil || n < 1:
			return errUsage
		case rest[0] == "--threads":
			threads = n
		case rest[0] == "--runs":
			runs = n
		default:
			return errUsage
		}
	}
	// As docs/performance.md advises a program that loads a model when it starts: a collection at 4 MiB of heap finds nothing.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	epoch := time.Now()
	m, err := interpreter.Open(args[1], interpreter.WithMemoryMap())
	if err != nil {
		return err
	}
	it, err := interpreter.New(m, interpreter.WithThreads(threads))
	if err != nil {
		return err
	}
	loaded := time.Since(epoch)
	for i := range it.Inputs() {
		if err := fill(it.Input(i)); err != nil {
			return err
		}
	}
	ctx := context.Background()
	start := time.Since(epoch)
	err = it.Invoke(ctx)
	if errors.Is(err, interpreter.ErrValue) && setRates(it) {
		start = time.Since(epoch)
		err = it.Invoke(ctx)
	}
	first := time.Since(epoch) - start
	for range 2 {
		if err == nil {
			err = it.Invoke(ctx)
		}
	}
	// One reading of the clock serves as the end of one invocation and the start of the next: the smallest models take no longer
	// than reading it.
	times := make([]time.Duration, runs)
	start = time.Since(epoch)
	for i := range times {
		if err == nil {
			err = it.Invoke(ctx)
		}
		end := time.Since(epoch)
		times[i] = end - start
		start = end
	}
	if err != nil {
		return err
	}
	slices.Sort(times)
	line := make([]byte, 0, 256)
	pair := func(key string, d time.Duration) {
		line = append(append(line, key...), '=')
		line = append(strconv.AppendFloat(line, float64(d.Nanoseconds())/1e3, 'f', 3, 64), ' ')
	}
	pair("load_alloc_us", loaded)
	pair("first_us", first)
	pair("min_us", times[0])
	pair("median_us", (times[(runs-1)/2]+times[runs/2])/2)
	line = append(strconv.AppendInt(append(line, "peak_rss_kb="...), peak(), 10), '\n')
	_, err = os.Stdout.Write(line)
	return err
}

// seed belongs to the same generator as in reference/runner.c.
var seed uint32 = 1

func next() uint32 {
	seed = seed*1664525 + 1013904223
	return seed >> 8
}

// fill sets an input, nil where an optional one is absent.
func fill(t *tensor.Tensor) error {
	if t == nil {
		return nil
	}
	switch t.Type {
	case tensor.Float32:
		for i, d := 0, tensor.Data[float32](t); i < len(d); i++ {
			d[i] = float32(next())/8388608 - 1
		}
	case tensor.Int32:
		for i, d := 0, tensor.Data[int32](t); i < len(d); i++ {
			d[i] = int32(next() % 10)
		}
	case tensor.Int64:
		for i, d := 0, tensor.Data[int64](t); i < len(d); i++ {
			d[i] = int64(next() % 10)
		}
	case tensor.Bool:
		for i, d := 0, tensor.Data[bool](t); i < len(d); i++ {
			d[i] = next()&1 == 1
		}
	case tensor.String:
		words := make([][]byte, t.Elements())
		for i := range words {
			words[i] = strconv.AppendUint(nil, uint64(next()), 36)
		}
		b, err := tensor.EncodeStrings(words)
		t.SetBytes(b)
		return err
	default:
		for i, b := 0, t.Bytes(); i < len(b); i++ {
			b[i] = byte(next())
		}
	}
	return nil
}

// setRates sets the inputs of one integer to a number of samples a second, which is what they mean most often where small numbers
// are refused, and reports whether there are any.
func setRates(it *interpreter.Interpreter) bool {
	found := false
	for i := range it.Inputs() {
		if t := it.Input(i); t != nil && t.Type == tensor.Int32 && t.Elements() == 1 {
			tensor.Data[int32](t)[0], found = 16000, true
		}
	}
	return found
}
