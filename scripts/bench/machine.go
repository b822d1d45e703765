package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// compared are the modules whose versions belong to the figures.
var compared = []string{
	"github.com/authkeel/authkeel/core",
	"github.com/authkeel/authkeel/ginauth",
	"github.com/authkeel/authkeel/echoauth",
	"github.com/authkeel/authkeel/fiberauth",
	"github.com/authkeel/authkeel/chiauth",
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
	"github.com/gin-gonic/gin",
	"github.com/labstack/echo/v4",
	"github.com/gofiber/fiber/v2",
	"github.com/go-chi/chi/v5",
}

// circumstances is what the figures are worth nothing without: when, on what,
// and which versions.
func circumstances(c comparison) (machine string, versions *table, err error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", nil, fmt.Errorf("the program has no build information")
	}
	versions = &table{title: "Versions", head: []string{"module", "version"}}
	for _, path := range compared {
		i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == path })
		if i < 0 {
			return "", nil, fmt.Errorf("%s is not in the build information", path)
		}
		versions.add(path, info.Deps[i].Version)
	}
	machine = fmt.Sprintf("%s, %d processors, %s/%s, %s, %s; medians of %d rounds of %v each",
		processor(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(),
		time.Now().UTC().Format(time.DateOnly), c.rounds, c.each)
	if tree := commit(); tree != "" {
		machine += "; authkeel is commit " + tree
	}
	return machine, versions, nil
}

// processor is its name where the system tells it.
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
