package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/adapters"
)

// compared returns the modules whose versions are printed with the figures.
func compared() []string {
	list := []string{adapters.Prefix + "core"}
	for _, a := range adapters.All {
		list = append(list, a.Path(), a.Framework)
	}
	return append(list,
		"github.com/golang-jwt/jwt/v5",
		"github.com/MicahParks/keyfunc/v3",
		"github.com/labstack/echo-jwt/v4",
		"github.com/gofiber/contrib/jwt",
		"github.com/go-chi/jwtauth/v5",
		"github.com/lestrrat-go/jwx/v2",
		"github.com/appleboy/gin-jwt/v2",
		"github.com/golang-jwt/jwt/v4",
		"github.com/clerk/clerk-sdk-go/v2",
		"github.com/go-jose/go-jose/v3",
	)
}

// versionTable lists the versions of everything that is compared.
func versionTable() (*table, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("the program has no build information")
	}
	versions := &table{title: "Versions", head: []string{"module", "version"}}
	for _, path := range compared() {
		i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == path })
		if i < 0 {
			return nil, fmt.Errorf("%s is not in the build information", path)
		}
		versions.add(path, info.Deps[i].Version)
	}
	return versions, nil
}

// machine describes how and where the figures were measured. Without it they mean
// nothing.
func machine(o options, now time.Time) string {
	text := fmt.Sprintf("%s, %d processors, %s/%s, %s, %s; medians of %d rounds of %v each",
		processor(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(),
		now.UTC().Format(time.DateOnly), o.rounds, o.each)
	if tree := commit(); tree != "" {
		text += "; authkeel is commit " + tree
	}
	return text
}

// processor returns the name of the processor if the system tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// commit names the tree that is measured, before its version is tagged.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output() //nolint:noctx // answers at once
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
