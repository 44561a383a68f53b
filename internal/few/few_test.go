package few

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	if err := Errors(nil); err != nil {
		t.Errorf("of none: %v", err)
	}
	many := make([]error, 23)
	for i := range many {
		many[i] = fs.ErrExist
	}
	for n, want := range map[int]string{1: "", 20: "", 21: "and 1 more", 23: "and 3 more"} {
		err := Errors(many[:n])
		lines := strings.Split(err.Error(), "\n")
		if !errors.Is(err, fs.ErrExist) || len(lines) != min(n, 21) || want != "" && lines[len(lines)-1] != want {
			t.Errorf("of %d: %q", n, lines)
		}
	}
	if many[20] != fs.ErrExist {
		t.Error("the caller's list was changed")
	}
}
