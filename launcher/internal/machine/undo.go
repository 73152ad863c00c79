package machine

import (
	"errors"
	"slices"
)

// undo is what must be released, last acquired first. The zero value is empty.
type undo []func() error

func (u *undo) add(release func() error) { *u = append(*u, release) }

// run releases everything once and joins what went wrong.
func (u *undo) run() error {
	var failures []error
	for _, release := range slices.Backward(*u) {
		failures = append(failures, release())
	}
	*u = nil
	return errors.Join(failures...)
}
