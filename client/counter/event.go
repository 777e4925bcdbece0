package counter

// Event is what a clerk did at a face. Exactly one of the fields is set.
type Event struct {
	Scan   string            // a whole code, by scanner, paste or typed with Enter
	Key    string            // "1".."9", "Enter", "Esc", "F1".."F12", "Ctrl+1".., "Up", "Down", "PgUp", "PgDn", "Home", "End"
	Fields map[string]string // Enter in a field: all fields' values by name, with Key "Enter"
	Pick   string            // a row was clicked: its ID
	Tab    TabID             // a tab was clicked
	News   bool              // something changed in the background: draw anew
}
