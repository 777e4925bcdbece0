// Package ui is the counter's desktop face: it draws a counter.Screen in a Fyne
// window and turns keys, scans and clicks into counter.Events.
//
// It holds no rule. The desk is asked for each event, in the order in which they
// came, and answers with the screen to show; ui decides only where things stand
// and which key belongs to a scan.
//
// # One place for keys
//
// Scans must never be lost, so there is exactly one focusable widget, the scan
// field, and one keyboard behind it; the canvas feeds the same keyboard while
// nothing is focused (between the press and the release of a mouse button, Fyne
// focuses nothing). Buttons, tabs and rows can be tapped and never take the
// focus. Fields inside the band are drawn with a caret and get their keys from
// that keyboard, so typing into them moves no focus either. Fyne's own Entry is
// not used: it opens a pop-up menu that takes the focus, swallows shortcuts and
// blinks all day.
package ui
