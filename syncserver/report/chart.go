package report

import (
	"regexp"

	"github.com/go-analyze/charts"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// The size of a chart, in pixels.
const (
	chartWidth  = 720
	chartRow    = 28 // a library
	chartAround = 96 // title, axis and margins
)

// ChartRows is how many libraries a chart shows: the first ones. The table beside
// it has all.
const ChartRows = 40

// Chart draws copies by library as an SVG, a bar each, most on top. It names its
// font and does not hold it: pages and files that show it have NanumGothic or
// fall back to another one. With no rows it is nil.
func (l Libraries) Chart(say Say) ([]byte, error) {
	rows := l.Rows[:min(len(l.Rows), ChartRows)]
	if len(rows) == 0 {
		return nil, nil
	}
	const name = "nanumgothic"
	if err := charts.InstallFont(name, assets.FontRegular); err != nil {
		return nil, fault.Wrap("report.Chart", err)
	}
	font := charts.GetFont(name)
	values, names := make([]float64, len(rows)), make([]string, len(rows))
	for i, r := range rows { // the axis begins below
		at := len(rows) - 1 - i
		values[at], names[at] = float64(r.N), r.label(say)
	}
	o := charts.NewBarChartOptionWithData([][]float64{values})
	o.Horizontal, o.Theme = true, theme()
	o.Title.Text = l.Table(say).Title
	o.Legend.Show = charts.Ptr(false)
	o.CategoryAxis.Labels = names
	number := func(v float64) string { return assets.Number(int64(v)) }
	o.ValueFormatter, o.SeriesList[0].Label.ValueFormatter = number, number
	o.ValueAxis[0].Min, o.ValueAxis[0].Show = charts.Ptr(0.0), charts.Ptr(false) // each bar has its number
	o.SeriesList[0].Label.Show = charts.Ptr(true)
	letter := func(c charts.Color, size float64) charts.FontStyle {
		return charts.FontStyle{Font: font, FontSize: size, FontColor: c}
	}
	o.Title.FontStyle = letter(o.Theme.GetTitleTextColor(), 12)
	o.CategoryAxis.LabelFontStyle = letter(o.Theme.GetYAxisTextColor(), 10)
	o.SeriesList[0].Label.FontStyle = letter(o.Theme.GetLabelTextColor(), 10)
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth,
		Height: chartAround + chartRow*len(rows), Font: font})
	if err := p.BarChart(o); err != nil {
		return nil, fault.Wrap("report.Chart", err)
	}
	svg, err := p.Bytes()
	// The font's own name is Korean, in an encoding that the library does not read.
	family := regexp.MustCompile(`font-family:[^;"]*`)
	return family.ReplaceAll(svg, []byte("font-family:NanumGothic,sans-serif")), fault.Wrap("report.Chart", err)
}

// theme is the light look: charts go onto paper and into council papers.
func theme() charts.ColorPalette {
	look := assets.Look().Theme(false)
	colour := func(name string) charts.Color {
		c, _ := look.Colour(name)
		return charts.ColorFromHex(c.Hex())
	}
	ink, soft := colour("ink"), colour("soft")
	return charts.MakeTheme(charts.ThemeOption{BackgroundColor: colour("surface"), AxisStrokeColor: colour("edge"), AxisSplitLineColor: colour("line"),
		TextColor: ink, TextColorTitle: ink, TextColorLabel: ink, TextColorXAxis: soft, TextColorYAxis: ink, SeriesColors: []charts.Color{colour("accent")}})
}
