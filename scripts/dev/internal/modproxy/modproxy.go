// Package modproxy writes the working tree as a module proxy would serve a
// release of it, into a folder that GOPROXY=file://… reads. It shows what users
// would get, before anything is tagged.
package modproxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/zip"

	"github.com/authkeel/authkeel/scripts/dev/internal/workspace"
)

// commitTime is the time of every version. It is a constant, because the same
// tree has to give the same bytes.
const commitTime = "2026-01-01T00:00:00Z"

// Release is the version that modules of the tree require each other at before
// it is tagged. A module whose path ends in a major version has a pre-release
// of that major.
func Release(modpath string) string {
	if _, major, _ := module.SplitPathVersion(modpath); major != "" {
		return strings.TrimPrefix(major, "/") + ".0.0-alpha.1"
	}
	return "v0.1.0"
}

// Write fills dst, which must not exist or be empty, with every module of ws at
// the version that release gives for its path, and at each other version at
// which a module of ws requires it. It returns a digest that is the same for the
// same content.
func Write(dst string, ws *workspace.Workspace, release func(modpath string) string) (string, error) {
	digest := sha256.New()
	for _, m := range ws.Modules {
		if err := writeModule(digest, dst, m, versions(ws, m, release(m.Path))); err != nil {
			return "", fmt.Errorf("%s: %w", m.Path, err)
		}
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// versions lists the versions that m is served at, oldest first.
func versions(ws *workspace.Workspace, m workspace.Module, release string) []string {
	list := []string{release}
	for _, other := range ws.Modules {
		if v := other.Requires(m.Path); v != "" {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, semver.Compare)
	return slices.Compact(list)
}

func writeModule(digest io.Writer, dst string, m workspace.Module, versions []string) error {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	dir := filepath.Join(dst, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	names, err := m.Files()
	if err != nil {
		return err
	}
	files := make([]zip.File, len(names))
	for i, name := range names {
		files[i] = treeFile{dir: m.Dir, name: name}
	}
	put := func(name string, data []byte) error {
		fmt.Fprintf(digest, "%s/%s %x\n", escaped, name, sha256.Sum256(data))
		return os.WriteFile(filepath.Join(dir, name), data, 0o644)
	}
	for _, v := range versions {
		mv := module.Version{Path: m.Path, Version: v}
		if err := module.Check(mv.Path, mv.Version); err != nil {
			return err
		}
		var content bytes.Buffer
		if err := zip.Create(&content, mv, files); err != nil {
			return err
		}
		info := fmt.Sprintf("{%q:%q,%q:%q}\n", "Version", v, "Time", commitTime)
		for _, f := range []struct {
			ext  string
			data []byte
		}{{".info", []byte(info)}, {".mod", m.GoMod}, {".zip", content.Bytes()}} {
			if err := put(v+f.ext, f.data); err != nil {
				return err
			}
		}
	}
	return put("list", []byte(strings.Join(versions, "\n")+"\n"))
}

// treeFile is one file of the tree for the zip.
type treeFile struct{ dir, name string }

func (f treeFile) Path() string                 { return f.name }
func (f treeFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.file()) }
func (f treeFile) Open() (io.ReadCloser, error) { return os.Open(f.file()) }
func (f treeFile) file() string                 { return filepath.Join(f.dir, filepath.FromSlash(f.name)) }
