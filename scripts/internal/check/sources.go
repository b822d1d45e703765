package check

import (
	"errors"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// find returns the routes to check. They come from one place: the OpenAPI document
// that the user named, else the flags, else auth.routes, which the framework's own
// table is behind, else the project's source.
func (o *options) find(say func(string, ...any)) (routes.List, error) {
	named := o.routes
	if o.admin != nil {
		named = append(named[:len(named):len(named)], routes.Route{Method: o.admin.Method, Path: o.admin.Path, Bearer: true, From: "the command line"})
	}
	var found routes.List
	var err error
	switch {
	case o.spec != "":
		hasPath := strings.Count(o.baseURL, "/") > 2 // the path of --base-url stands for that of the document's server
		found, err = routes.FromSpec(o.spec, !hasPath)
	case o.namesProtected():
	case o.project != "":
		known := false
		if found, known, err = o.fromAudit(say); known || err != nil {
			break
		}
		if found, err = gosource.Find(o.project, o.pkg); err == nil {
			o.announce(found, say)
		}
	}
	if err != nil {
		return routes.List{}, err
	}
	if len(found.Routes)+len(found.Missed) == 0 && !o.namesProtected() && o.admin == nil {
		return routes.List{}, errors.New("no routes: name them with --route METHOD:/path or --spec FILE; the project's Go source registers none with a known router")
	}
	found.Routes = routes.Unique(append(named[:len(named):len(named)], found.Routes...))
	return found, nil
}

// namesProtected reports whether a flag names a protected route, so that only the named
// routes are checked.
func (o *options) namesProtected() bool {
	for _, r := range o.routes {
		if r.Access == routes.Protected {
			return true
		}
	}
	return false
}

func (o *options) announce(found routes.List, say func(string, ...any)) {
	if len(found.Routes) > 0 { // else the error says so
		say("without --route and --spec, the %d routes that the source registers are checked", len(found.Routes))
	}
	for _, r := range found.Routes {
		note := r.From
		if r.Guess != "" {
			note += "  (" + r.Guess + ")"
		}
		say("  %-28s %s", r, note)
	}
	for _, m := range found.Missed {
		say("  NOT FOLLOWED: %s at %s: %s", m.What, m.From, m.Why)
	}
}
