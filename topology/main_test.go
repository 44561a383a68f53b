package topology

import (
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
