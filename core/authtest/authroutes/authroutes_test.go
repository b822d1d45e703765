package authroutes

import (
	"slices"
	"strings"
	"testing"
)

func TestFormatAndParse(t *testing.T) {
	routes := []Route{
		{Method: "GET", Path: "/", Access: "public"},
		{Method: "DELETE", Path: "/users/:id", Access: `token, role "admin" or scope "a b"`},
		{Method: "PROPFIND", Path: "/dav", Access: "token"},
		{Method: "GET", Path: "api.example.com/x", Access: "optional"},
		{Method: "GET", Path: "/{a:[ \"]+}", Access: "public"},
		{Method: "GET", Path: "/\x00\xff\u202e", Access: "public"},
		{Method: "GET", Path: "/#", Access: "public"},
	}
	text := Format(routes, nil)
	for _, changed := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + text, "\n\n" + text} {
		lines, err := Parse(changed)
		if err != nil {
			t.Fatal(err)
		}
		var got []Route
		for _, l := range lines {
			got = append(got, l.Route)
		}
		if !slices.Equal(got, routes) {
			t.Errorf("got %q, want %q", got, routes)
		}
		if again := Format(got, lines); again != text {
			t.Errorf("got %q, want the same text again", again)
		}
	}
}

func TestCommentsStayWithTheirRoutes(t *testing.T) {
	lines, err := Parse("# accepted by Ann\n#  on Monday\nGET /b public\nGET /a  token\n# the end\n")
	if err != nil || len(lines) != 2 || lines[0].Number != 3 {
		t.Fatalf("got %v, %v, want two lines, the first being line 3", lines, err)
	}
	got := Format([]Route{lines[1].Route, lines[0].Route}, lines)
	if want := "GET     /a  token\n# accepted by Ann\n#  on Monday\nGET     /b  public\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"GET", "1: \"GET\" is not a method"},
		{"\n\nGET /x", "3: \"GET /x\" is not a method"},
		{"GET \"/x token", "1: the path in"},
		{"GET /x token\nGET /x public", "2: GET /x is on line 1 already"},
	} {
		if _, err := Parse(tt.text); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want an error that begins with %q", tt.text, err, tt.want)
		}
	}
}

func TestCompare(t *testing.T) {
	lines, err := Parse("GET /same token\nGET /gone public\nGET /closed public\nGET /opened token\nGET /lost token, role \"admin\"\n")
	if err != nil {
		t.Fatal(err)
	}
	got := Compare(lines, []Route{
		{Method: "GET", Path: "/same", Access: "token"},
		{Method: "GET", Path: "/closed", Access: "token"},
		{Method: "GET", Path: "/lost", Access: "token"},
		{Method: "GET", Path: "/opened", Access: "optional"},
		{Method: "POST", Path: "/same", Access: "token"},
		{Method: "PUT", Path: "/new", Access: "public"},
	})
	want := []string{
		"GET /opened asked for \"token\" and now asks for \"optional\". If that is meant, line 4 of auth.routes becomes:\n\tGET     /opened  optional",
		"PUT /new is a new route that is public. Protect it, or, if everybody may call it, add this line to auth.routes:\n\tPUT     /new  public",
		"GET /closed asked for \"public\" and now asks for \"token\". If that is meant, line 3 of auth.routes becomes:\n\tGET     /closed  token",
		"GET /lost asked for \"token, role \\\"admin\\\"\" and now asks for \"token\". If that is meant, line 5 of auth.routes becomes:\n\tGET     /lost  token",
		"POST /same is a new route. If it asks for the right thing, add this line to auth.routes:\n\tPOST    /same  token",
		"GET /gone is gone. If that is meant, delete line 2 of auth.routes",
	}
	if len(got) != len(want) {
		t.Fatalf("got %d differences, want %d: %v", len(got), len(want), got)
	}
	for i, d := range got {
		if text := d.Explain("auth.routes"); text != want[i] {
			t.Errorf("got %q, want %q", text, want[i])
		}
	}
}

func TestFold(t *testing.T) {
	route := func(method, access string) Route { return Route{Method: method, Path: "/x", Access: access} }
	every := func(access string) []Route {
		var routes []Route
		for _, m := range append([]string{"CONNECT", "TRACE"}, usual...) {
			routes = append(routes, route(m, access))
		}
		return routes
	}
	except := every("token")
	except[len(except)-1].Access = "public" // OPTIONS
	differing := append(every("token"), route("PURGE", "public"))
	for _, tt := range []struct {
		name   string
		routes []Route
		want   []Route
	}{
		{"HEAD as GET", []Route{route("HEAD", "token"), route("GET", "token")}, []Route{route("GET", "token")}},
		{"HEAD unlike GET", []Route{route("HEAD", "public"), route("GET", "token")}, []Route{route("GET", "token"), route("HEAD", "public")}},
		{"HEAD alone", []Route{route("HEAD", "token")}, []Route{route("HEAD", "token")}},
		{"all", every("token"), []Route{route(Any, "token")}},
		{"all and another", differing, []Route{route(Any, "token"), route("PURGE", "public")}},
		{"one unlike the others", except, []Route{
			route("CONNECT", "token"), route("DELETE", "token"), route("GET", "token"), route("OPTIONS", "public"),
			route("PATCH", "token"), route("POST", "token"), route("PUT", "token"), route("TRACE", "token"),
		}},
		{"a route for all beside GET", []Route{route(Any, "token"), route("GET", "token")}, []Route{route(Any, "token"), route("GET", "token")}},
	} {
		if got := Fold(tt.routes); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("GET /x public\n# c\nPOST \"/a b\" token")
	f.Add(header)
	f.Add("GET \"/\\x00\" x")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := Parse(text)
		if err != nil {
			return
		}
		var routes []Route
		for _, l := range lines {
			routes = append(routes, l.Route)
		}
		if d := Compare(lines, routes); len(d) > 0 {
			t.Errorf("%q differs from itself: %v", text, d)
		}
	})
}
