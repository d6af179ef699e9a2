//go:build !amd64 || noasm

package fork

// pause lets a little time pass: the atomic loads between two calls are all that it takes.
func pause() {}
