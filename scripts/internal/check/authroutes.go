package check

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/authkeel/authkeel/core/authtest/authroutes"
	"github.com/authkeel/authkeel/scripts/internal/check/gosource"
	"github.com/authkeel/authkeel/scripts/internal/check/routes"
)

// fromAudit reads the routes from auth.routes, which the audit of the program wrote
// from the framework's own table. It reports false when the project has none, or
// several and no --package says which.
func (o *options) fromAudit(say func(string, ...any)) (routes.List, bool, error) {
	file, err := o.auditFile()
	if file == "" || err != nil {
		return routes.List{}, false, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return routes.List{}, false, err
	}
	lines, err := authroutes.Parse(string(text))
	if err != nil {
		return routes.List{}, false, fmt.Errorf("%s:%w", file, err)
	}
	say("the %d routes of %s are checked", len(lines), file)
	var list routes.List
	for _, line := range lines {
		place := fmt.Sprintf("%s:%d", file, line.Number)
		list.Missed = append(list.Missed, missedOf(line.Route, place)...)
		list.Routes = append(list.Routes, routesOf(line.Route, place)...)
	}
	return list, true, nil
}

// routesOf returns the routes that a line stands for.
func routesOf(r authroutes.Route, place string) []routes.Route {
	if len(missedOf(r, place)) > 0 {
		return nil
	}
	host, path := "", r.Path
	if slash := strings.IndexByte(path, '/'); slash > 0 {
		host, path = path[:slash], path[slash:]
	}
	filled, guess := gosource.Fill(path)
	one := routes.Route{Path: filled, Template: path, Host: host, Access: routes.Protected, From: place}
	if guess != "" {
		one.Guess = "no value for " + guess + " is known"
	}
	if r.Open() {
		one.Access = routes.Public
	}
	one.Bearer = r.Access != authroutes.Public
	methods := []string{r.Method}
	switch r.Method {
	case authroutes.Any:
		methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	case authroutes.Use:
		methods = []string{http.MethodGet}
	}
	list := make([]routes.Route, len(methods))
	for i, method := range methods {
		list[i] = one
		list[i].Method = method
	}
	return list
}

// missedOf says why a line cannot be checked.
func missedOf(r authroutes.Route, place string) []routes.Missed {
	miss := func(why string) []routes.Missed { return []routes.Missed{{From: place, What: r.Name(), Why: why}} }
	switch {
	case r.Method == authroutes.NotFound, r.Method == http.MethodConnect, r.Method == http.MethodTrace:
		return miss("requests for it are not sent")
	case !r.Open() && r.Access != authroutes.Token && !strings.HasPrefix(r.Access, authroutes.Token+", "):
		return miss("it is " + r.Access)
	}
	return nil
}

// auditFile returns the name of the project's auth.routes: beside the program, else
// the only one there is. "": there is none.
func (o *options) auditFile() (string, error) {
	for _, dir := range []string{filepath.Join(o.project, filepath.FromSlash(o.pkg)), o.project} {
		file := filepath.Join(dir, authroutes.FileName)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	var found []string
	err := filepath.WalkDir(o.project, func(path string, entry fs.DirEntry, err error) error {
		name := ""
		if entry != nil {
			name = entry.Name()
		}
		switch {
		case err != nil && errors.Is(err, fs.ErrPermission):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && path != o.project && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor" || name == "testdata"):
			return filepath.SkipDir
		case entry.Type().IsRegular() && name == authroutes.FileName:
			found = append(found, path)
		}
		return nil
	})
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}
