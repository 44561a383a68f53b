package lab

import (
	"context"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) {
	Stage()
	testenv.Main(m)
}

var bg = context.Background()
