package place

import (
	"slices"
	"strings"
)

// example makes a group of its own, for a project that has none: on a router, before
// its first route.
func (p *plan) example(s spot, authenticator string) bool {
	statement := s.frame.statement(s.first)
	if statement == nil || !p.startsLine(s.frame.file, statement.Pos()) {
		return false
	}
	pos := statement.Pos()
	auth, ok := p.importName(s.frame, pos, p.want.Package, p.want.Auth)
	framework, known := p.importName(s.frame, pos, p.want.Framework, p.want.Module)
	name := p.freeName(s.frame, pos, pos, "api", "protected", "authenticated")
	if !ok || !known || name == "" {
		return false
	}
	uses := auth.needed()
	if p.want.Framework == "chi" {
		web, ok := p.importName(s.frame, pos, "http", "net/http")
		if !ok || web.name != "http" {
			return false
		}
		uses = append(uses, web.needed()...)
	}
	uses = append(uses, framework.needed()...)
	path := "/api"
	for _, other := range []string{"/api", "/protected", "/authenticated"} {
		if path = other; !slices.ContainsFunc(p.paths, func(have string) bool { return have == other || strings.HasPrefix(have, other+"/") }) {
			break
		}
	}
	lines := examples[p.want.Framework]
	if slices.ContainsFunc(p.paths, func(have string) bool { return strings.HasSuffix(have, "/health") }) {
		_, lines, _ = strings.Cut(lines, "\n")
	}
	handler := strings.Replace(p.want.Context, p.want.Framework+".", framework.name+".", 1)
	text := strings.NewReplacer("ROUTER", exprText(s.use), "GROUP", name, "PATH", path, "CONTEXT", handler, "CHI", framework.name,
		"AUTHENTICATOR", authenticator, "AUTH", auth.name, "ROLE", p.want.Role).Replace(lines)
	p.add(change{s.frame.file, "before", pos, text, uses})
	return true
}

// examples has the lines for each framework; the first is a route that needs no token.
var examples = map[string]string{
	"gin": `ROUTER.GET("/health", func(c CONTEXT) { c.Status(200) }) // no token needed
GROUP := ROUTER.Group("PATH", AUTH.RequireAuth(AUTHENTICATOR)) // a valid token needed
GROUP.GET("/me", func(c CONTEXT) { c.String(200, AUTH.UserID(c)) })
GROUP.GET("/admin", AUTH.RequireRole("ROLE"), func(c CONTEXT) { c.Status(204) })
`,
	"echo": `ROUTER.GET("/health", func(c CONTEXT) error { return c.NoContent(200) }) // no token needed
GROUP := ROUTER.Group("PATH", AUTH.RequireAuth(AUTHENTICATOR)) // a valid token needed
GROUP.GET("/me", func(c CONTEXT) error { return c.String(200, AUTH.UserID(c)) })
GROUP.GET("/admin", func(c CONTEXT) error { return c.NoContent(204) }, AUTH.RequireRole("ROLE"))
`,
	"fiber": `ROUTER.Get("/health", func(c CONTEXT) error { return c.SendStatus(200) }) // no token needed
GROUP := ROUTER.Group("PATH", AUTH.RequireAuth(AUTHENTICATOR)) // a valid token needed
GROUP.Get("/me", func(c CONTEXT) error { return c.SendString(AUTH.UserID(c)) })
GROUP.Get("/admin", AUTH.RequireRole("ROLE"), func(c CONTEXT) error { return c.SendStatus(204) })
`,
	"chi": `ROUTER.Get("/health", func(w http.ResponseWriter, r *http.Request) {}) // no token needed
ROUTER.Route("PATH", func(GROUP CHI.Router) { // a valid token needed
	GROUP.Use(AUTH.RequireAuth(AUTHENTICATOR))
	GROUP.Get("/me", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(AUTH.UserID(r))) })
	GROUP.With(AUTH.RequireRole("ROLE")).Get("/admin", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
})
`,
}

// roleHint is a comment that shows how a route asks for a role.
func (p *plan) roleHint(auth, router string) string {
	role := auth + `.RequireRole("` + p.want.Role + `")`
	switch p.want.Framework {
	case "gin":
		return "// For a role: " + router + `.DELETE("/users/:id", ` + role + ", handler)\n"
	case "echo":
		return "// For a role: " + router + `.DELETE("/users/:id", handler, ` + role + ")\n"
	case "fiber":
		return "// For a role: " + router + `.Delete("/users/:id", ` + role + ", handler)\n"
	}
	return "// For a role: " + router + ".With(" + role + `).Delete("/users/{id}", handler)` + "\n"
}
