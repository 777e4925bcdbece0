package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
)

//go:embed style.css static templates
var files embed.FS

// static serves the style sheet and the script under names that hold their hash,
// so that a browser keeps them for good.
type static struct {
	links map[string]string // by short name: "style.css" → "/assets/style.1a2b….css"
	files map[string]asset  // by name in the address
}

type asset struct {
	kind         string
	plain, small []byte
}

func newStatic(prefix string) static {
	s := static{links: map[string]string{}, files: map[string]asset{}}
	s.add(prefix, "style.css", "text/css; charset=utf-8", []byte(assets.LookCSS()+assets.ShapesCSS()+string(read("style.css"))))
	s.add(prefix, "htmx.js", "text/javascript; charset=utf-8", read("static/htmx.min.js"))
	return s
}

func read(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic("web: " + err.Error())
	}
	return content
}

func (s static) add(prefix, name, kind string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	s.links[name] = prefix + "/assets/" + hashed
	s.files[hashed] = asset{kind: kind, plain: content, small: squeeze(content)}
}

func squeeze(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(content); err != nil || w.Close() != nil {
		return nil
	}
	return b.Bytes()
}

// ServeHTTP serves one file.
func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := s.files[path.Base(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	content := file.plain
	if file.small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		content = file.small
	}
	_, _ = w.Write(content)
}
