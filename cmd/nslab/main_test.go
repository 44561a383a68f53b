package main

import (
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(testenv.Wrap(m), map[string]func(){"nslab": main, "stubborn": stubborn})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
	})
}
