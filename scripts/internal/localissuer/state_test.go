package localissuer_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/localissuer"
)

// saved is the state of an issuer that ran, and the file with it.
func saved(t *testing.T) (localissuer.State, string) {
	t.Helper()
	i, err := localissuer.Start(localissuer.New(localissuer.OIDC), localissuer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	state, file := i.State(), filepath.Join(t.TempDir(), "state")
	if err := errors.Join(i.Close(), state.Save(file)); err != nil {
		t.Fatal(err)
	}
	return state, file
}

func TestSave(t *testing.T) {
	state, file := saved(t)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := state.Save(file); err != nil { // over one that others can read
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	again, err := localissuer.Load(file)
	if err != nil || !reflect.DeepEqual(*again, state) {
		t.Errorf("got %+v, %v, want %+v", again, err, state)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("got the files %v, %v", left, err)
	}
	if err := state.Save(filepath.Join(file, "below")); err == nil {
		t.Error("a state was saved where it cannot be")
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := localissuer.Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	_, file := saved(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"has version 2":       {`"version": 1`, `"version": 2`},
		"not a saved issuer":  {`"version": 1`, `"version": x`},
		"is incomplete":       {`"provider": "oidc"`, `"provider": "saml"`},
		"needs a subject":     {`"sub": "user_mo"`, `"sub": ""`},
		"is used twice":       {`"name": "mo"`, `"name": "ada"`},
		"is not a valid name": {`"name": "mo"`, `"name": "m/o"`},
	} {
		broken := strings.Replace(string(text), change[0], change[1], 1)
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := localissuer.Load(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestStartRefuses: a key that is none is said at the start.
func TestStartRefuses(t *testing.T) {
	state, _ := saved(t)
	state.Keys[0].PEM = "x"
	if i, err := localissuer.Start(state, localissuer.Options{}); err == nil {
		t.Errorf("got %v, %v", i, i.Close())
	}
	if i, err := localissuer.Start(localissuer.New("saml"), localissuer.Options{}); err == nil {
		t.Errorf("got %v, %v", i, i.Close())
	}
}
