package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// newProgress returns a function that draws a bar on standard error, or does nothing where that is no terminal.
func newProgress() func(what string, done, total int) {
	st, err := os.Stderr.Stat()
	if err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return func(string, int, int) {}
	}
	var drawn time.Time
	return func(what string, done, total int) {
		const width, often = 30, 100 * time.Millisecond
		if done < total && time.Since(drawn) < often {
			return
		}
		drawn = time.Now()
		full := width * done / max(total, 1)
		fmt.Fprintf(os.Stderr, "\r%s [%s%s] %d/%d", what, strings.Repeat("#", full), strings.Repeat("-", width-full), done, total)
		if done >= total {
			fmt.Fprint(os.Stderr, "\r\033[K") // leaves the line empty
		}
	}
}
