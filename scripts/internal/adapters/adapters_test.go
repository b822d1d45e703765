package adapters

import (
	"reflect"
	"testing"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct{ folder, path, pkg, key string }{
		{"ginauth", Prefix + "ginauth", "ginauth", "gin"},
		{"echoauth/v5", Prefix + "echoauth/v5", "echoauth", "echov5"},
	} {
		a := Adapter{Folder: tt.folder}
		if a.Path() != tt.path || a.Package() != tt.pkg || a.Key() != tt.key {
			t.Errorf("%s: got %s, %s and %s, want %s, %s and %s", tt.folder, a.Path(), a.Package(), a.Key(), tt.path, tt.pkg, tt.key)
		}
	}
}

func TestIn(t *testing.T) {
	keys := make(map[string]bool)
	for _, a := range All {
		if got, ok := In(a.Folder); !ok || !reflect.DeepEqual(got, a) {
			t.Errorf("%s: got %+v, %v", a.Folder, got, ok)
		}
		if keys[a.Key()] {
			t.Errorf("two adapters have the key %s", a.Key())
		}
		keys[a.Key()] = true
	}
	if _, ok := In("nothing"); ok {
		t.Error("found an adapter that does not exist")
	}
}
