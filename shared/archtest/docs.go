package archtest

import (
	"go/ast"
)

// checkDocs returns the exported names of f that a reader of the documentation sees
// without a comment. In a group the group's comment or a trailing one will do. Mains have
// no such readers.
func checkDocs(src *source, f *file) []Finding {
	if f.test || f.ast.Name.Name == "main" {
		return nil
	}
	var found []Finding
	see := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		for _, c := range comments {
			if c != nil {
				return
			}
		}
		found = append(found, Finding{src.at(name.Pos()), name.Name + " has no doc comment"})
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if onExported(d) {
				see(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				seeSpec(see, spec, d.Doc)
			}
		}
	}
	return found
}

// seeSpec shows each name of a type, const or var specification to see.
func seeSpec(see func(*ast.Ident, ...*ast.CommentGroup), spec ast.Spec, group *ast.CommentGroup) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		see(s.Name, group, s.Doc, s.Comment)
	case *ast.ValueSpec:
		for _, name := range s.Names {
			see(name, group, s.Doc, s.Comment)
		}
	}
}

// onExported reports whether d is a function, or a method of an exported type.
func onExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
