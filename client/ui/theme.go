package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/bookpayback/bookpayback/assets"
)

// look is the tokens in one theme, with its pictures made once.
type look struct {
	assets.Theme
	tokens   assets.Tokens
	deep     assets.Theme // on the header bar
	size     assets.TypeScale
	space    []float32 // 4 8 16 24 40
	corner   float32
	pictures map[string]fyne.Resource
}

func newLook(dark bool) *look {
	tokens := assets.Look()
	l := &look{
		Theme: tokens.Theme(dark), tokens: tokens, size: tokens.Type,
		corner: float32(tokens.Corner), pictures: map[string]fyne.Resource{},
	}
	l.deep = l.DeepTheme()
	for _, space := range tokens.Space {
		l.space = append(l.space, float32(space))
	}
	name := "light-"
	if dark {
		name = "dark-"
	}
	for _, shape := range tokens.Shapes {
		l.draw(name, string(shape.State))
	}
	for icon := range tokens.Icons {
		l.draw(name, icon)
	}
	return l
}

// draw makes a picture for the page and, as "deep-…", for the header bar. Fyne
// keeps rendered pictures by the resource's name, so each has its own.
func (l *look) draw(prefix, picture string) {
	l.pictures[picture] = fyne.NewStaticResource(prefix+picture+".svg", l.tokens.SVG(picture, l.Theme))
	l.pictures["deep-"+picture] = fyne.NewStaticResource(prefix+"deep-"+picture+".svg", l.tokens.SVG(picture, l.deep))
}

// tone returns a state's colours.
func (l *look) tone(state assets.State) assets.Tone { return l.tokens.Tone(state, l.Theme) }

// Theme returns the Fyne theme of the face: the tokens' colours and the embedded
// fonts. It is light or dark as asked, whatever the system prefers.
func Theme(dark bool) fyne.Theme {
	return houseTheme{
		look:    newLook(dark),
		regular: fyne.NewStaticResource("NanumGothic.ttf", assets.FontRegular),
		bold:    fyne.NewStaticResource("NanumGothicBold.ttf", assets.FontBold),
		mono:    fyne.NewStaticResource("NanumGothicCoding.ttf", assets.FontMono),
	}
}

type houseTheme struct {
	look                *look
	regular, bold, mono fyne.Resource
}

// Color returns a token for what Fyne itself draws: the window's ground and scroll bars.
func (t houseTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameBackground:
		return t.look.Paper
	case theme.ColorNameForeground:
		return t.look.Ink
	case theme.ColorNamePrimary, theme.ColorNameFocus, theme.ColorNameHyperlink:
		return t.look.Accent
	case theme.ColorNameForegroundOnPrimary:
		return t.look.OnAccent
	case theme.ColorNameInputBackground, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground:
		return t.look.Surface
	case theme.ColorNameInputBorder, theme.ColorNameScrollBar:
		return t.look.Edge
	case theme.ColorNameScrollBarBackground, theme.ColorNameHover, theme.ColorNameDisabledButton:
		return t.look.Sunk
	case theme.ColorNameShadow:
		return color.Transparent
	case theme.ColorNameSeparator:
		return t.look.Line
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return t.look.Soft
	case theme.ColorNameSelection:
		return t.look.AccentTint
	}
	return theme.DefaultTheme().Color(name, theme.VariantLight)
}

// Font returns the embedded font of a style; symbols are Fyne's, text never is,
// since the bundled one has no Hangul and system fonts differ.
func (t houseTheme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return theme.DefaultTheme().Font(style)
	case style.Monospace:
		return t.mono
	case style.Bold:
		return t.bold
	}
	return t.regular
}

// Icon returns Fyne's icon; the face draws its own.
func (t houseTheme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

// Size returns the type scale and a slim scroll bar.
func (t houseTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return t.look.size.List
	case theme.SizeNameCaptionText:
		return t.look.size.Note
	case theme.SizeNamePadding:
		return t.look.space[0]
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return t.look.corner
	case theme.SizeNameScrollBar:
		return 8
	case theme.SizeNameScrollBarSmall:
		return 4
	}
	return theme.DefaultTheme().Size(name)
}
