// Package assets holds what both programs show: fonts, icon, look, messages and
// the sample district, all embedded.
//
// It reads no clock, file or environment, and every function may be called from
// several goroutines at once. Files that are embedded here are checked by this
// package's tests; a program that was built from broken ones panics at the first
// use, since nobody outside can repair it.
//
// # Messages
//
// Every text that people read stands in messages/AREA.ko.json and
// messages/AREA.en.json as flat "key": "text" pairs. A text may hold arguments,
// {{.Name}}, and parts that are left out with their argument, {{if .Name}}…{{end}};
// nothing else of the template language. English texts that count something give
// both forms and are asked for with the argument Count,
// "key": {"one": "{{.Count}} book", "other": "{{.Count}} books"}; Korean has one
// form. A particle is written in both forms after the word it depends
// on, {{.Title}}(을/를), and Say keeps the right one. Every key stands in both
// languages with the same arguments, once in all areas. Amounts are negative
// with the ASCII hyphen; the state shapes are drawn and never written in a text.
package assets

import _ "embed" // for the fonts and the icon

// The embedded fonts, unmodified from Debian's fonts-nanum 20200506-1, and the
// licence that must travel with them (SIL OFL 1.1). NanumGothic has Hangul and
// Hanja; it lacks ✔ ◔ ▌ and the minus U+2212. Do not modify the slices.
var (
	//go:embed fonts/NanumGothic.ttf
	FontRegular []byte
	//go:embed fonts/NanumGothicBold.ttf
	FontBold []byte
	//go:embed fonts/NanumGothicCoding.ttf
	FontMono []byte
	//go:embed fonts/OFL.txt
	FontLicence string
)

// The program's icon: three books on the deep accent. The PNG is 512 by 512
// pixels and rendered from the SVG; both have transparent corners.
var (
	//go:embed icon.png
	IconPNG []byte
	//go:embed icon.svg
	IconSVG []byte
)
