package archtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is a module's parsed Go files and the paths of its SQL files.
type source struct {
	fset  *token.FileSet
	files []*file
	sql   []string
}

// file is one parsed Go file.
type file struct {
	path    string // from the module's root, with slashes
	dir     string // its folder: the package's path within the module
	test    bool   // whether its name ends in _test.go
	ast     *ast.File
	imports []imported
}

// imported is one import of a file.
type imported struct {
	path string // from the module's root for packages of ours, else as written
	name string // what the file calls it
	ours bool
	pos  token.Pos
}

// at returns where pos is, as file:line.
func (s *source) at(pos token.Pos) string {
	p := s.fset.Position(pos)
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// read parses the module whose root is tree. Folders that the go command does not look
// into, other modules below this one, and what was built are left out.
func read(tree fs.FS) (*source, error) {
	mod, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("archtest: %w", err)
	}
	module, err := moduleName(mod)
	if err != nil {
		return nil, err
	}
	src := &source{fset: token.NewFileSet()}
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(tree, name)
		}
		switch path.Ext(name) {
		case ".sql":
			src.sql = append(src.sql, name)
		case ".go":
			return src.parse(tree, module, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("archtest: %w", err)
	}
	return src, nil
}

// skip returns fs.SkipDir for a folder that holds no packages of this module.
func skip(tree fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || dir == "build" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(tree, dir+"/go.mod"); !errors.Is(err, fs.ErrNotExist) {
		return fs.SkipDir
	}
	return nil
}

// parse adds the Go file called name.
func (s *source) parse(tree fs.FS, module, name string) error {
	text, err := fs.ReadFile(tree, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed since the folder was listed, as editors do with their copies
	}
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(s.fset, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	f := &file{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), ast: parsed}
	for _, spec := range parsed.Imports {
		imp := imported{pos: spec.Pos()}
		imp.path, _ = strconv.Unquote(spec.Path.Value)
		imp.name = defaultName(imp.path)
		if spec.Name != nil {
			imp.name = spec.Name.Name
		}
		if rest, ok := strings.CutPrefix(imp.path, module+"/"); ok {
			imp.path, imp.ours = rest, true
		}
		f.imports = append(f.imports, imp)
	}
	s.files = append(s.files, f)
	return nil
}

// defaultName returns what a package of the standard library, or one that follows its
// habit, is called where it is imported without a name.
func defaultName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
		base = path.Base(path.Dir(importPath))
	}
	return base
}

// moduleName returns the module's path from the text of its go.mod.
func moduleName(mod []byte) (string, error) {
	lines := bufio.NewScanner(bytes.NewReader(mod))
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("archtest: go.mod names no module")
}
