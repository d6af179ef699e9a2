//go:build !linux

package guardtest

import "testing"

func pages(_ testing.TB, size int) []byte { return make([]byte, (size+7)&^7) }
