package engine

import (
	"context"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var bg = context.Background()

// newEngine returns an Engine, and removes every namespace after the test.
func newEngine(t testing.TB) *Engine {
	t.Helper()
	e := &Engine{}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		names, err := e.Dir.List()
		if err != nil {
			t.Error(err)
		}
		for _, n := range names {
			if err := e.Dir.Delete(bg, n); err != nil {
				t.Error(err)
			}
		}
	})
	return e
}

func run(t testing.TB, e *Engine, ops ...Op) {
	t.Helper()
	for i, op := range ops {
		if err := e.Do(bg, op); err != nil {
			t.Fatalf("operation %d: %v", i, err)
		}
	}
}
