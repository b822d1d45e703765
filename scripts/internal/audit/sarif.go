package audit

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"runtime/debug"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
)

// rule is a kind of finding in SARIF.
type rule struct{ id, name, text, help string }

const (
	home = "https://github.com/authkeel/authkeel"
	page = home + "/tree/main/scripts#audit"
)

var rules = []rule{
	{
		"route-open", "RouteOpen", "A route answers callers without a token, and the committed file does not say so.",
		"Mount the authentication middleware before the route. If everybody may call it, write its line into auth.routes.",
	},
	{
		"route-changed", "RouteChanged", "A route asks for something else than the committed file says.",
		"Put the check back that the route has lost. If the change is meant, write the new line into auth.routes.",
	},
	{
		"route-problem", "RouteProblem", "The protection of a route does not work, or cannot be audited.",
		"Mount the middleware before the handler, and authentication before the checks of rights.",
	},
	{
		"operation-security", "OperationSecurity", "The security of an operation is not what its route asks for.",
		"Correct the document with 'authkeel audit --openapi FILE --write', or the middleware of the route.",
	},
	{
		"routes-missing", "RoutesMissing", "There is no committed file to compare with.",
		"Write auth.routes with 'authkeel audit --write', read it, and commit it.",
	},
}

// sarif writes the findings as SARIF 2.1.0, with what the code scanning of GitHub
// requires beyond the standard.
func (r *result) sarif(w io.Writer) error {
	type m = map[string]any
	list := []m{}
	place := url.URL{Path: filepath.ToSlash(r.File)} // escaped, and with ./ before a name that looks like a scheme
	add := func(id, key string, line int, text string) {
		list = append(list, m{
			"ruleId": id, "level": "error", "message": m{"text": text},
			"partialFingerprints": m{"authkeel/v1": id + " " + key},
			"locations": []m{{"physicalLocation": m{
				"artifactLocation": m{"uri": place.String()}, "region": m{"startLine": max(line, 1)},
			}}},
		})
	}
	for _, route := range r.problems() {
		add("route-problem", route.Name(), 1, route.Name()+": "+route.Problem)
	}
	if r.Missing {
		add("routes-missing", r.File, 1, r.File+" does not exist: write it with 'authkeel audit --write'")
	} else {
		for _, d := range r.Differences {
			id := "route-changed"
			if d.Kind != authroutes.Gone && d.Route.Open() {
				id = "route-open"
			}
			add(id, d.Route.Name(), d.Line, d.Explain(r.File))
		}
	}
	for _, f := range r.Operations {
		add("operation-security", f.Operation, f.Line, f.Operation+": "+f.Text)
	}
	var described []m
	for _, rule := range rules {
		described = append(described, m{
			"id": rule.id, "name": rule.name, "shortDescription": m{"text": rule.text}, "fullDescription": m{"text": rule.text + " " + rule.help},
			"help": m{"text": rule.help}, "helpUri": page, "defaultConfiguration": m{"level": "error"},
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(m{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []m{{
			"tool":    m{"driver": m{"name": "authkeel audit", "version": version(), "informationUri": home, "rules": described}},
			"results": list,
		}},
	})
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
