// Package print puts sheets on paper without a viewer window: to a printer of slips
// in its own language (ESC/POS, over TCP port 9100 or a device file), or as a PDF to
// the computer's printer or into a folder.
//
// A printer is slow, out of paper, or not there. So a sheet is handed to a Queue,
// which never blocks whoever prints and never fails an act: what could not be
// printed is reported, and can be printed again.
package print
