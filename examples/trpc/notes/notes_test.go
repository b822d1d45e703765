package notes_test

import (
	"os"
	"testing"

	"github.com/authkeel/authkeel/examples/trpc"
	"github.com/authkeel/authkeel/examples/trpc/notes"
)

func TestTypes(t *testing.T) {
	want, err := os.ReadFile("router.ts")
	if err != nil {
		t.Fatal(err)
	}
	if got := new(notes.Book).Router(trpc.Options{}).TypeScript(); got != string(want) {
		t.Errorf("router.ts is not what the procedures are (go generate ./... makes it anew); they are:\n%s", got)
	}
}
