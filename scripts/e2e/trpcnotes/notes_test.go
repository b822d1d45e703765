package trpcnotes_test

import (
	"os"
	"testing"

	"github.com/authkeel/authkeel/scripts/e2e/trpc"
	"github.com/authkeel/authkeel/scripts/e2e/trpcnotes"
)

func TestTypes(t *testing.T) {
	want, err := os.ReadFile("router.ts")
	if err != nil {
		t.Fatal(err)
	}
	if got := new(trpcnotes.Book).Router(trpc.Options{}).TypeScript(); got != string(want) {
		t.Errorf("router.ts is out of date: run go generate ./trpcnotes. The procedures now give:\n%s", got)
	}
}
