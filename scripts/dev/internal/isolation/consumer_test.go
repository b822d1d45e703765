package isolation

import (
	"path"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

func TestCheckModules(t *testing.T) {
	good := []string{"example.test/consumer", ours + "core", ours + "ginauth", framework, "golang.org/x/net"}
	tests := []struct {
		name string
		list []string
		want string
	}{
		{"good", good, ""},
		{"a sibling", append(good, ours+"core/redisstore"), "also download " + ours + "core/redisstore"},
		{"another adapter", append(good, ours+"chiauth"), "also download " + ours + "chiauth"},
		{"another framework", append(good, "github.com/go-chi/chi/v5"), "another framework: github.com/go-chi/chi/v5"},
		{"another major of another framework", append(good, "github.com/go-chi/chi"), "another framework: github.com/go-chi/chi"},
		{"another major of its own framework", append(good, framework+"/v2"), "another framework: " + framework + "/v2"},
		{"a part of its framework's family", append(good, "github.com/gin-contrib/sse"), ""},
		{"no framework", good[:3], framework + " is not in the module list"},
		{"no core", []string{ours + "ginauth", framework}, ours + "core is not in the module list"},
	}
	a, ok := adapters.In("ginauth")
	if !ok {
		t.Fatal("there is no ginauth")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkModules(tt.list, a)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestPrograms checks that each adapter has a program that uses it.
func TestPrograms(t *testing.T) {
	for _, a := range adapters.All {
		text, err := programs.ReadFile(path.Join("consumer", a.Folder, "main.go.txt"))
		if err != nil {
			t.Error(err)
		} else if want := `"` + a.Path() + `"`; !strings.Contains(string(text), want) {
			t.Errorf("%s: the program does not import %s", a.Folder, want)
		}
	}
}
