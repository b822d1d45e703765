package place

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// find looks through a project of one file.
func find(t *testing.T, source string) *Guide {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/app\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	guide, err := Find(dir, Want{
		Framework: "gin", Module: "github.com/gin-gonic/gin", Context: "*gin.Context", Auth: "example.com/app/auth", Package: "auth", Role: "admin",
	})
	if err != nil {
		t.Fatal(err)
	}
	return guide
}

// all is the text of all edits.
func all(g *Guide) string {
	var b strings.Builder
	for _, f := range g.Files {
		for _, e := range f.Edits {
			b.WriteString(e.Where + " " + e.Anchor + "\n" + e.Text)
		}
	}
	return b.String()
}

// TestPlaces: where the lines go, and what they do when there is no room for them. That
// such lines compile is shown by TestLayouts of the command.
func TestPlaces(t *testing.T) {
	const start = "package main\n\nimport \"github.com/gin-gonic/gin\"\n\n"
	for name, row := range map[string]struct{ source, want string }{
		"one line, without room":   {start + "func main() { gin.Default().Run() }\n", ""},
		"two statements in a line": {start + "func main() { r := gin.New(); r.GET(\"/\", nil); r.Run() }\n", ""},
		"no router":                {start + "var _ gin.H\n\nfunc main() {}\n", ""},
		"package level":            {start + "var r = gin.New()\nvar api = r.Group(\"/api\")\n\nfunc main() {\n\tr.Run()\n}\n", ""},
		"source that does not type-check": {start + "func main() {\n\tr := gin.New()\n\tundefined(r)\n\tapi := r.Group(\"/api\")\n\tapi.GET(\"/\", missing.Handler)\n}\n",
			"after api := r.Group(\"/api\")\n\tapi.Use(auth.RequireAuth(authenticator))"},
		"a function that returns an error": {start + "func main() {\n\t_ = run()\n}\n\nfunc run() error {\n\tr := gin.New()\n\tapi := r.Group(\"/api\")\n\treturn r.Run()\n}\n",
			"if err != nil {\n\t\treturn err\n\t}\n"},
		"results of every kind": {"package app\n\nimport (\n\t\"net/http\"\n\t\"time\"\n\n\t\"github.com/gin-gonic/gin\"\n)\n\ntype names []string\n\n" +
			"func Make() (_ *gin.Engine, n, m int, s string, ok bool, when time.Time, list names, h http.Handler, a [2]int, err error) {\n\tr := gin.New()\n\tapi := r.Group(\"/api\")\n\treturn\n}\n",
			"return nil, 0, 0, \"\", false, *new(time.Time), *new(names), nil, *new([2]int), err\n"},
		"err of another type": {start + "func main() {\n\tr := gin.New()\n\terr := 1\n\tapi := r.Group(\"/api\")\n\t_ = err\n}\n", "authenticator, authErr := auth.New()"},
		"a recursive function": {start + "func routes(r *gin.Engine, n int) {\n\tapi := r.Group(\"/api\")\n\troutes(r, n-1)\n}\n\nfunc main() {\n\troutes(gin.New(), 3)\n}\n",
			"before api := r.Group(\"/api\")\n\tauthenticator, err := auth.New()"},
		"a method of an interface": {start + "type module interface{ Mount(*gin.Engine) }\n\ntype users struct{}\n\nfunc (users) Mount(r *gin.Engine) {\n\tapi := r.Group(\"/api\")\n\t_ = api\n}\n\nfunc main() {\n\tusers{}.Mount(gin.New())\n}\n",
			"before api := r.Group(\"/api\")\n\tauthenticator, err := auth.New()"},
		"a router without routes": {start + "func main() {\n\tr := gin.New()\n\tr.Use(gin.Recovery())\n\tr.Run()\n}\n", "before r.Run()\n\tauthenticator, err := auth.New()"},
		"the path is taken":       {start + "func main() {\n\tr := gin.New()\n\tr.GET(\"/api/me\", nil)\n\tr.GET(\"/health\", nil)\n\tr.Run()\n}\n", "api := r.Group(\"/protected\", auth.RequireAuth(authenticator))"},
	} {
		t.Run(name, func(t *testing.T) {
			got := all(find(t, row.source))
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("got\n%s\nwant %q", got, row.want)
			}
			if name == "the path is taken" && strings.Contains(got, "/health") {
				t.Errorf("got a second route /health\n%s", got)
			}
		})
	}
}
