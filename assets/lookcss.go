package assets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LookCSS returns the tokens as CSS custom properties: --paper, --done-mark and
// the like by their names in look.json, --type-band (rem), --line, --space-1 to
// --space-5, --corner and --touch (px). Light by default, dark under the class
// "dark" or where the reader's system prefers it and no class "light" on the root
// says otherwise.
func LookCSS() string {
	l := Look()
	dark := "color-scheme:dark;" + properties(l.Dark)
	var css strings.Builder
	fmt.Fprintf(&css, ":root,.light{color-scheme:light;%s}\n", properties(l.Light))
	fmt.Fprintf(&css, ":root{%s}\n", lengths(l))
	fmt.Fprintf(&css, ".dark{%s}\n", dark)
	fmt.Fprintf(&css, "@media (prefers-color-scheme:dark){:root:not(.light){%s}}\n", dark)
	return css.String()
}

func properties(theme Theme) string {
	var css strings.Builder
	for _, slot := range theme.slots() {
		fmt.Fprintf(&css, "--%s:%s;", slot.name, slot.colour.Hex())
	}
	return css.String()
}

func lengths(l Tokens) string {
	const rootSize = 16 // px; the browser's default, so that a reader's own size counts
	var css strings.Builder
	for _, size := range []struct {
		name   string
		pixels float32
	}{
		{"band", l.Type.Band}, {"scan", l.Type.Scan}, {"reason", l.Type.Reason},
		{"list", l.Type.List}, {"note", l.Type.Note}, {"cap", l.Type.Cap},
	} {
		fmt.Fprintf(&css, "--type-%s:%grem;", size.name, size.pixels/rootSize)
	}
	fmt.Fprintf(&css, "--line-height:%g;--line-height-band:%g;", l.Type.Line, l.Type.BandLine)
	for i, space := range l.Space {
		fmt.Fprintf(&css, "--space-%d:%dpx;", i+1, space)
	}
	fmt.Fprintf(&css, "--corner:%dpx;--touch:%dpx;", l.Corner, l.Touch)
	return css.String()
}

// ShapesCSS returns style rules that draw the states and icons: class "i" for the
// box (18 px, to be resized at will) and "i-done", "i-find" and so on for the
// picture, as data URIs, in the light and dark colours under the same conditions
// as LookCSS; inside class "ondeep" in the header bar's. A page that forbids
// data: in its img-src policy must write Tokens.SVG into the page instead.
func ShapesCSS() string {
	l := Look()
	var css strings.Builder
	css.WriteString(".i{display:inline-block;width:18px;height:18px;flex:none;background:center/contain no-repeat;vertical-align:-4px}\n")
	pictures := l.pictures()
	for _, name := range pictures {
		css.WriteString(pictureRule("", name, l.SVG(name, l.Light)))
	}
	for _, name := range pictures {
		css.WriteString(pictureRule(".dark ", name, l.SVG(name, l.Dark)))
	}
	css.WriteString("@media (prefers-color-scheme:dark){\n")
	for _, name := range pictures {
		css.WriteString(pictureRule(":root:not(.light) ", name, l.SVG(name, l.Dark)))
	}
	css.WriteString("}\n")
	for _, name := range pictures {
		// Twice the class, so that it wins over the rules for dark.
		css.WriteString(pictureRule(":root .ondeep.ondeep ", name, l.SVG(name, l.Light.DeepTheme())))
	}
	return css.String()
}

// pictures lists every state and icon, states first.
func (l Tokens) pictures() []string {
	var names []string
	for _, shape := range l.Shapes {
		names = append(names, string(shape.State))
	}
	return append(names, slices.Sorted(maps.Keys(l.Icons))...)
}

func pictureRule(under, name string, svg []byte) string {
	escaped := strings.NewReplacer("%", "%25", "#", "%23", "<", "%3C", ">", "%3E", `"`, "'").Replace(string(svg))
	return fmt.Sprintf("%s.i-%s{background-image:url(\"data:image/svg+xml,%s\")}\n", under, name, escaped)
}
