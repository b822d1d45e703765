package client

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// TestAgain repeats the command over what the user did in between.
func TestAgain(t *testing.T) {
	const auth, schema, manifest = "out/src/auth.ts", "out/src/schema.ts", "out/package.json"
	edit := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	cutFirst := func(text string) string { _, rest, _ := strings.Cut(text, "\n"); return rest }
	for _, row := range []struct {
		name, file string
		edit       func(string) string
		flags      string
		kept       bool   // the edit
		said       string // of the file; "" is nothing
	}{
		{"nothing", auth, func(s string) string { return s }, "", true, ""},
		{"an edit", auth, edit("export", "export /* mine */"), "", true, "left    " + auth + ": it was edited"},
		{"an edit, forced", auth, edit("export", "export /* mine */"), "--force", false, "renewed " + auth},
		{"an edit of JSON", manifest, edit(`"0.0.0"`, `"1.0.0"`), "", true, "left    " + manifest + ": it was edited"},
		{"without the first line", auth, cutFirst, "", true, "left    " + auth + ": its first line does not say"},
		{"without the first line, forced", auth, cutFirst, "--force", true, "left    " + auth},
		{"another digest", auth, edit("client, ", "client, 0"), "", true, "left    " + auth},
		{"what npm wrote", manifest, edit(`{ "//": "Generated`, "{\n  \"//\": \"Generated"), "", true, "left    " + manifest},
		{"npm run generate", schema, func(string) string { return openapiTypescriptBegins + "\n */\nexport interface old {}\n" }, "", false, "renewed " + schema},
		{"line ends", auth, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, "", true, ""},
		{"empty", auth, func(string) string { return "" }, "", true, "left    " + auth},
		{"an older version of ours", auth, func(string) string {
			return string(File{Path: "auth.ts", Text: "older\n"}.marked())
		}, "", false, "renewed " + auth},
		{"an older package.json of ours", manifest, func(string) string {
			return string(File{Path: "package.json", Text: "{\n  \"name\": \"older\"\n}\n"}.marked())
		}, "", false, "renewed " + manifest},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{"openapi.yaml": notesSpec})
			if r := run(t, &fakeTools{}, "", "rest out"); r.code != cli.ExitOK {
				t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
			}
			edited := row.edit(get(t, row.file))
			put(t, row.file, edited)
			put(t, "out/src/mine.ts", "mine\n")
			r := run(t, &fakeTools{}, "", "rest out "+row.flags)
			if r.code != cli.ExitOK {
				t.Fatalf("got exit code %d, want %d: %s", r.code, cli.ExitOK, r.err)
			}
			if kept := get(t, row.file) == edited; kept != row.kept {
				t.Errorf("the edit was kept: got %v, want %v", kept, row.kept)
			}
			if row.said == "" && strings.Contains(r.out, row.file) || !strings.Contains(r.out, row.said) {
				t.Errorf("got the report %q, want %q", r.out, row.said)
			}
			if get(t, "out/src/mine.ts") != "mine\n" || strings.Contains(r.out, "mine.ts") {
				t.Errorf("a file that is not the client's was touched or named: %s", r.out)
			}
		})
	}
}

// TestUntouched leaves files alone that are as they should be.
func TestUntouched(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	run(t, &fakeTools{}, "", "rest out")
	then := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, name := range wrote(t, "out") {
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
	}
	r := run(t, &fakeTools{}, "", "rest out")
	if !strings.HasPrefix(r.out, "11 of 11 files were up to date\n") {
		t.Errorf("got the report %q, want all up to date", r.out)
	}
	for _, name := range wrote(t, "out") {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(then) {
			t.Errorf("%s was written again", name)
		}
	}
}

// TestMarks has every sort of file say that it is generated, and be known again.
func TestMarks(t *testing.T) {
	for name, text := range map[string]string{
		"a.ts": "export {};\n", "a.json": "{\n  \"a\": \"b\",\n  \"c\": 1\n}\n", "a.md": "# A\n", "a.yaml": "a: b\n", "a.go": "package a\n",
		"a.graphql": "type A\n", ".gitignore": "dist/\n", "empty.ts": "",
	} {
		f := File{Path: name, Text: text}
		if got := f.unmarked(f.marked()); got != text {
			t.Errorf("%s: got %q back, want %q", name, got, text)
		}
		if got := f.compare(f.marked()); got != same {
			t.Errorf("%s: got state %d, want %d", name, got, same)
		}
		if got := (File{Path: name, Text: text + "\n"}).compare(f.marked()); got != ours {
			t.Errorf("%s: got state %d of an older one, want %d", name, got, ours)
		}
		if got := f.compare(append(f.marked(), ' ')); got != edited {
			t.Errorf("%s: got state %d of an edited one, want %d", name, got, edited)
		}
		if got := f.compare([]byte(text)); got != theirs {
			t.Errorf("%s: got state %d without the line, want %d", name, got, theirs)
		}
	}
}
