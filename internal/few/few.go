// Package few keeps long lists short enough to read.
package few

import (
	"errors"
	"fmt"
)

// Errors joins errors. If there are more than 20, it counts the rest. It
// returns nil if there are none.
func Errors(errs []error) error {
	const most = 20
	if len(errs) > most {
		errs = append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))
	}
	return errors.Join(errs...)
}
