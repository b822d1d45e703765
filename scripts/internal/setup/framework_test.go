package setup

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// TestChoose: which framework, and which major of it, a go.mod is for.
func TestChoose(t *testing.T) {
	for name, row := range map[string]struct {
		framework, major string
		require          string // lines of go.mod
		want             string // adapter, or part of the error
	}{
		"gin":                         {"gin", "", "github.com/gin-gonic/gin v1.12.0", "ginauth"},
		"echo 4":                      {"echo", "", "github.com/labstack/echo/v4 v4.16.0", "echoauth"},
		"echo 5":                      {"echo", "", "github.com/labstack/echo/v5 v5.4.4", "echoauth/v5"},
		"echo 5, with 4 indirectly":   {"echo", "", "github.com/labstack/echo/v5 v5.4.4\ngithub.com/labstack/echo/v4 v4.16.0 // indirect", "echoauth/v5"},
		"echo 4, with 5 indirectly":   {"echo", "", "github.com/labstack/echo/v4 v4.16.0\ngithub.com/labstack/echo/v5 v5.4.4 // indirect", "echoauth"},
		"both":                        {"echo", "", "github.com/labstack/echo/v4 v4.16.0\ngithub.com/labstack/echo/v5 v5.4.4", "--major v5 or --major v4"},
		"both, and an answer":         {"echo", "v4", "github.com/labstack/echo/v4 v4.16.0\ngithub.com/labstack/echo/v5 v5.4.4", "echoauth"},
		"both, and the other answer":  {"echo", "v5", "github.com/labstack/echo/v4 v4.16.0\ngithub.com/labstack/echo/v5 v5.4.4", "echoauth/v5"},
		"both, one indirectly, asked": {"echo", "v4", "github.com/labstack/echo/v5 v5.4.4\ngithub.com/labstack/echo/v4 v4.16.0 // indirect", "echoauth"},
		"an answer that is not there": {"echo", "v5", "github.com/labstack/echo/v4 v4.16.0", "--major v5: go.mod does not name"},
		"fiber 3":                     {"fiber", "", "github.com/gofiber/fiber/v3 v3.1.0", "fiberauth/v3"},
		"fiber 2":                     {"fiber", "", "github.com/gofiber/fiber/v2 v2.52.9", "fiberauth"},
		"fiber 1":                     {"fiber", "", "github.com/gofiber/fiber v1.14.6", "no adapter for that major"},
		"fiber's other modules":       {"fiber", "", "github.com/gofiber/fiber/v2 v2.52.9\ngithub.com/gofiber/fiber/v2/middleware v1.0.0", "fiberauth"},
		"a future major":              {"chi", "", "github.com/go-chi/chi/v6 v6.0.0", "no adapter for that major"},
		"indirectly, before go tidy":  {"gin", "", "github.com/gin-gonic/gin v1.12.0 // indirect", "ginauth"},
		"another one directly":        {"gin", "", "github.com/labstack/echo/v4 v4.16.0\ngithub.com/gin-gonic/gin v1.12.0 // indirect", "does not use gin but github.com/labstack/echo/v4: run 'authkeel setup echo'"},
		"another one indirectly":      {"gin", "", "github.com/go-chi/chi/v5 v5.2.3 // indirect", "run 'authkeel setup chi'"},
		"two frameworks":              {"chi", "", "github.com/go-chi/chi/v5 v5.2.3\ngithub.com/gin-gonic/gin v1.12.0", "chiauth"},
		"none":                        {"gin", "", "example.com/x v1.0.0", "does not name github.com/gin-gonic/gin"},
		"too old":                     {"fiber", "", "github.com/gofiber/fiber/v2 v2.51.0", "needs v2.52.9 or newer"},
	} {
		t.Run(name, func(t *testing.T) {
			mod, err := parseMod([]byte("module example.com/app\n\nrequire (\n" + row.require + "\n)\n"))
			if err != nil {
				t.Fatal(err)
			}
			f, err := (&project{mod: mod}).choose(row.framework, row.major)
			got := f.Adapter
			if err != nil {
				got = err.Error()
			}
			if err == nil && got != row.want || err != nil && !strings.Contains(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestVersionFor(t *testing.T) {
	for _, row := range [][3]string{
		{"core", "v0.1.0", "v0.1.0"}, {"core", "latest", "latest"}, {"echoauth/v5", "v0.1.0", "latest"},
		{"echoauth/v5", "v5.0.0-alpha.1", "v5.0.0-alpha.1"}, {"fiberauth/v3", "latest", "latest"},
	} {
		if got := versionFor(modulePrefix+row[0], row[1]); got != row[2] {
			t.Errorf("%s at %s: got %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

// FuzzMarkDirect: whatever is in a go.mod, marking modules as direct requirements
// changes no other requirement, and doing it twice is the same as once.
func FuzzMarkDirect(f *testing.F) {
	for _, text := range []string{
		"module m\n\nrequire github.com/authkeel/authkeel/core v0.1.0 // indirect\n",
		"module m\n\ngo 1.25.0\n\nrequire (\n\ta.b/c v1.0.0\n\tgithub.com/authkeel/authkeel/ginauth v0.1.0 // indirect\n)\n\nrequire (\n\td.e/f v0.0.1 // indirect; why\n)\n",
		"// Deprecated: no.\nmodule m // words\n\ntoolchain go1.26.0\n\nreplace a.b/c => ../c\n\nexclude d.e/f v1.0.0\n\nretract [v1.0.0, v1.2.0]\n\ntool x.y/z\n",
		"module m\r\nrequire a.b/c v1.0.0\r\n", "modul m\n", "",
	} {
		f.Add([]byte(text))
	}
	modules := []string{modulePrefix + "ginauth", modulePrefix + "core"}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := markDirect(text, modules)
		if err != nil {
			return
		}
		before, err := parseMod(text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := parseMod(out)
		if err != nil {
			t.Fatalf("%v in\n%s\nmade of\n%s", err, out, text)
		}
		if repeats(before) {
			return // the go command writes no such file, and keeps one of the two lines
		}
		if got, want := requirements(after, modules), requirements(before, modules); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		for _, r := range after.Require {
			if r.Indirect && slices.Contains(modules, r.Mod.Path) {
				t.Errorf("%s is indirect still", r.Mod)
			}
		}
		if len(after.Replace) != len(before.Replace) || len(after.Exclude) != len(before.Exclude) || len(after.Retract) != len(before.Retract) || after.Module.Mod != before.Module.Mod {
			t.Errorf("got\n%s\nmade of\n%s", out, text)
		}
		again, err := markDirect(out, modules)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := parseMod(again)
		if err != nil || !slices.Equal(requirements(twice, modules), requirements(after, modules)) {
			t.Errorf("a second time: got\n%s, %v, was\n%s", again, err, out)
		}
	})
}

// requirements lists what a go.mod requires, each once. Whether that is indirect is
// left out for the modules that vague names.
func requirements(mod *modfile.File, vague []string) []string {
	var list []string
	for _, r := range mod.Require {
		text := r.Mod.String()
		if r.Indirect && !slices.Contains(vague, r.Mod.Path) {
			text += " // indirect"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// repeats reports whether a go.mod requires a module more than once.
func repeats(mod *modfile.File) bool {
	seen := map[string]bool{}
	for _, r := range mod.Require {
		if seen[r.Mod.Path] {
			return true
		}
		seen[r.Mod.Path] = true
	}
	return false
}

// TestTable: setup and the tests of the adapters agree on frameworks and releases.
func TestTable(t *testing.T) {
	for _, a := range adapters.All {
		i := slices.IndexFunc(frameworks, func(f framework) bool { return f.Adapter == a.Folder })
		if i < 0 {
			t.Errorf("setup does not know %s", a.Folder)
		} else if f := frameworks[i]; f.Module != a.Framework || f.Floor != a.Floor {
			t.Errorf("%s: got %s %s, want %s %s", a.Folder, f.Module, f.Floor, a.Framework, a.Floor)
		}
	}
}
