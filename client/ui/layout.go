package ui

import "fyne.io/fyne/v2"

// measures are the lengths of the window's layout, smaller where the window is.
type measures struct {
	compact, tiny        bool
	top, tabs, foot      float32
	offline, scan        float32
	margin, first, space float32 // at the sides; above the first part; between parts
	side                 float32 // the panel's width; 0: no room for it
}

// The sizes from which the window is laid out in full. The pictures show 1024 by
// 768; at 200 % that screen is 512 by 384.
const (
	fullHeight = 620
	tinyHeight = 460
	tinyWidth  = 700
	sideFrom   = 820 // width
	sideWidth  = 296
	helpWidth  = 472
	leastList  = headHeight + rowHeight
)

func (f *Face) measure(size fyne.Size) measures {
	m := measures{
		compact: size.Height < fullHeight, tiny: size.Height < tinyHeight || size.Width < tinyWidth,
		top: 44, tabs: 44, foot: 46, offline: 52, scan: 58, margin: 16, first: 14, space: 12, side: sideWidth,
	}
	if m.compact {
		m.top, m.tabs, m.foot, m.offline, m.scan = 36, 36, 38, 44, 44
		m.margin, m.first, m.space = 8, 8, 8
	}
	if m.tiny {
		m.top, m.tabs, m.foot, m.offline, m.scan = 32, 30, 34, 36, 38
		m.first, m.space = 6, 6
	}
	if size.Width < sideFrom {
		m.side = 0
	}
	if m.side > 0 && len(f.screen.Help) > 0 {
		m.side = helpWidth
	}
	return m
}

// MinSize is the least the window can be: a screen of 1024 by 768 at 200 %, less
// the system's own bars.
func (f *Face) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(480, 320) }

// Layout places the parts. The band takes the height that it needs, the list and
// the panel share the rest.
func (f *Face) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if size.IsZero() {
		return
	}
	m := f.measure(size)
	place(f.ground, 0, 0, size.Width, size.Height)
	place(f.header, 0, 0, size.Width, m.top)
	place(f.tabs, 0, m.top, size.Width, m.tabs)
	y := m.top + m.tabs + m.first
	left, width := m.margin, size.Width-2*m.margin
	if f.screen.Header.Offline != "" {
		place(f.offline, left, y, width, m.offline)
		f.offline.Show()
		y += m.offline + m.space - 2
	} else {
		f.offline.Hide()
	}
	place(f.scan, left, y, width, m.scan)
	y += m.scan + m.space
	bottom := size.Height - m.foot
	band := f.bandHeight(width, bottom-4-y)
	place(f.band, left, y, width, band)
	if band > 0 {
		y += band + m.space
	}
	place(f.foot, 0, bottom, size.Width, m.foot)
	f.placeLow(left, y, width, bottom-m.space-y, m)
}

// bandHeight returns the height that the band needs, and has it leave out what can
// be spared where there is not that much room.
func (f *Face) bandHeight(width, room float32) float32 {
	before := f.tight
	f.tight = false
	height := paintBand(newPage(f.look, nil), width, f.bandView())
	if height > room {
		f.tight = true
		height = paintBand(newPage(f.look, nil), width, f.bandView())
	}
	if f.tight != before {
		f.band.Refresh()
	}
	return height
}

// placeLow shares the lower part between the list and the panel.
func (f *Face) placeLow(x, y, width, height float32, m measures) {
	room := height >= leastList
	panelOnly := m.side == 0 && (len(f.screen.Help) > 0 || f.screen.Panel.Front && !f.panel.isEmpty())
	beside := m.side > 0 && !f.panel.isEmpty()
	f.panel.setVisible(room && (beside || panelOnly))
	if room && !panelOnly {
		f.list.Show()
	} else {
		f.list.Hide()
	}
	switch {
	case !room:
	case panelOnly:
		f.panel.place(x, y, width, height)
	case beside:
		place(f.list, x, y, width-m.side-m.space, height)
		f.panel.place(x+width-m.side, y, m.side, height)
	default:
		place(f.list, x, y, width, height)
	}
}

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}
